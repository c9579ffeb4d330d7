stap n10_threads_indent_py39.stp -c '@PYTHON39@ thr.py'
