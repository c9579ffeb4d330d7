stap k40_latency_hist_py39.stp -c '@PYTHON39@ tree.py'
