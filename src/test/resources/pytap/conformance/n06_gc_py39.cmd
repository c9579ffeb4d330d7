stap n06_gc_py39.stp -c '@PYTHON39@ gcprog.py'
