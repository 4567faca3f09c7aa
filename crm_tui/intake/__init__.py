"""From files to records: finds the files of a load, tells what each is, and streams its rows verbatim."""
