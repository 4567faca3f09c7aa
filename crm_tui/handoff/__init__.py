"""The signed handoff: staging, bundle, signature, trust and verification.

The low level knows nothing of CRMs: ``container`` (a stored-only zip), ``sums`` (``SHA256SUMS``), ``sshsig``
(what ``ssh-keygen -Y sign`` writes), ``keys`` (who signs) and ``trust`` (who is believed).
"""
