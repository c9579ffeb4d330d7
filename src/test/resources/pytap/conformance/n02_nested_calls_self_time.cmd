stap n02_nested_calls_self_time.stp -c '@PYTHON39@ fib.py'
