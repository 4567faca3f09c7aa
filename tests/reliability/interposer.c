/* Stands between a process and libc's file calls (LD_PRELOAD): counts the operations on files below one folder, can
   kill the process before, half-way through or after any of them, can fail one or all from one on, and can record
   them with their bytes.  Armed from Python by fault_arm(); until then every call goes straight through. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD, KILL_BEFORE, KILL_HALF, KILL_AFTER, FAIL_ONCE, FAIL_ON };
#define FILES 4096
static char paths[FILES][512];
static char root[512];
static int armed, mode, trip, error_number, count, log_fd = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void fault_arm(const char *folder, int at, int what, int number, int log) {
  snprintf(root, sizeof root, "%s", folder);
  trip = at; mode = what; error_number = number; log_fd = log; count = 0; armed = 1;
}
int fault_count(void) { armed = 0; return count; }

static int ours(const char *path) { return armed && path && !strncmp(path, root, strlen(root)) && !strstr(path, "-shm"); }

static const char *absolute(const char *path, char *buffer) {
  if (!path || path[0] == '/') return path;
  char here[256];
  if (!getcwd(here, sizeof here)) return path;
  snprintf(buffer, 512, "%s/%s", here, path);
  return buffer;
}

static void put(const void *data, size_t size) {
  if (log_fd >= 0 && REAL(write)(log_fd, data, size) < 0) _exit(99);
}

static void record(const char *op, const char *one, const char *two, long at, const void *data, size_t size) {
  char head[1200];
  int length = snprintf(head, sizeof head, "%s\t%s\t%s\t%ld\t%zu\n", op, one, two, at, data ? size : 0);
  put(head, length);
  if (data && size) put(data, size);
}

/* -1: go on; 0: fail with errno set; otherwise the number of bytes of the write to do before dying */
static long before(size_t size) {
  int now = count++;
  if (mode == KILL_BEFORE && now == trip) raise(SIGKILL);
  if (mode == KILL_HALF && now == trip) { if (size < 2) raise(SIGKILL); return (long)(size / 2); }
  if ((mode == FAIL_ONCE && now == trip) || (mode == FAIL_ON && now >= trip)) { errno = error_number; return 0; }
  return -1;
}
static void after(void) { if (mode == KILL_AFTER && count - 1 == trip) raise(SIGKILL); }

#define OPENING(name)                                                                             \
  int name(const char *path, int flags, ...) {                                                    \
    va_list list; va_start(list, flags); mode_t bits = va_arg(list, mode_t); va_end(list);        \
    char buffer[512]; const char *full = absolute(path, buffer);                                  \
    int changes = ours(full) && (flags & (O_CREAT | O_TRUNC)) && !(flags & O_DIRECTORY);          \
    int fresh = changes && access(full, F_OK) != 0;                                               \
    if (changes && (fresh || (flags & O_TRUNC)) && before(0) >= 0) return -1;                     \
    int fd = REAL(name)(path, flags, bits);                                                       \
    if (fd >= 0 && fd < FILES) snprintf(paths[fd], sizeof paths[fd], "%s", ours(full) ? full : ""); \
    if (fd >= 0 && fresh) record("create", full, "", 0, 0, 0);                                    \
    else if (fd >= 0 && changes && (flags & O_TRUNC)) record("truncate", full, "", 0, 0, 0);      \
    if (changes && (fresh || (flags & O_TRUNC))) after();                                         \
    return fd;                                                                                    \
  }
OPENING(open)
OPENING(open64)

int close(int fd) {
  if (fd >= 0 && fd < FILES) paths[fd][0] = 0;
  return REAL(close)(fd);
}
static int tracked(int fd) { return armed && fd >= 0 && fd < FILES && paths[fd][0]; }

ssize_t write(int fd, const void *data, size_t size) {
  if (armed && fd == 1) record("say", "", "", 0, data, size);
  if (!tracked(fd)) return REAL(write)(fd, data, size);
  long at = lseek(fd, 0, SEEK_CUR), part = before(size);
  if (!part) return -1;
  if (part > 0) { if (REAL(write)(fd, data, part) >= 0) raise(SIGKILL); }
  ssize_t done = REAL(write)(fd, data, size);
  if (done > 0) record("write", paths[fd], "", at, data, done);
  after();
  return done;
}

#define PLACED(name, type)                                                    \
  ssize_t name(int fd, const void *data, size_t size, type at) {              \
    if (!tracked(fd)) return REAL(name)(fd, data, size, at);                  \
    long part = before(size);                                                 \
    if (!part) return -1;                                                     \
    if (part > 0) { if (REAL(name)(fd, data, part, at) >= 0) raise(SIGKILL); } \
    ssize_t done = REAL(name)(fd, data, size, at);                            \
    if (done > 0) record("write", paths[fd], "", at, data, done);             \
    after();                                                                  \
    return done;                                                              \
  }
PLACED(pwrite, off_t)
PLACED(pwrite64, off64_t)

#define SIZED(name, type)                                      \
  int name(int fd, type size) {                                \
    if (!tracked(fd)) return REAL(name)(fd, size);             \
    if (before(0) >= 0) return -1;                             \
    int done = REAL(name)(fd, size);                           \
    if (!done) record("truncate", paths[fd], "", size, 0, 0);  \
    after();                                                   \
    return done;                                               \
  }
SIZED(ftruncate, off_t)
SIZED(ftruncate64, off64_t)

#define SYNCING(name)                                  \
  int name(int fd) {                                   \
    if (!tracked(fd)) return REAL(name)(fd);           \
    if (before(0) >= 0) return -1;                     \
    int done = REAL(name)(fd);                         \
    if (!done) record("sync", paths[fd], "", 0, 0, 0); \
    after();                                           \
    return done;                                       \
  }
SYNCING(fsync)
SYNCING(fdatasync)

int unlink(const char *path) {
  char buffer[512]; const char *full = absolute(path, buffer);
  if (!ours(full) || access(full, F_OK)) return REAL(unlink)(path);
  if (before(0) >= 0) return -1;
  int done = REAL(unlink)(path);
  if (!done) record("unlink", full, "", 0, 0, 0);
  after();
  return done;
}

int rename(const char *old, const char *new) {
  char one[512], two[512]; const char *from = absolute(old, one), *to = absolute(new, two);
  if (!ours(from) && !ours(to)) return REAL(rename)(old, new);
  if (before(0) >= 0) return -1;
  int done = REAL(rename)(old, new);
  if (!done) record("rename", from, to, 0, 0, 0);
  after();
  return done;
}
