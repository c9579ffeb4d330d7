package pytap.cli;

/// What `--help` and `-V` print.
final class HelpText {
  static final String VERSION =
      """
      pytap 0.1.0
      Traces CPython 2.7 and 3.6 to 3.15 on Linux with SystemTap scripts.
      """;

  static final String HELP =
      """
      Usage: pytap [options] FILE    [ARGUMENT...]   run the script in FILE
         or: pytap [options] -       [ARGUMENT...]   run the script on standard input
         or: pytap [options] -e TEXT [ARGUMENT...]   run the script TEXT
         or: pytap notes FILE|PID                    show what can be probed there, and how
         or: pytap doctor [PID]                      say what can be traced here, or why not

      Options:
        -c COMMAND   run COMMAND with the shell, trace it and what it starts, end with it
        -x PID       trace process PID and what it starts, end with it
        -o FILE      write what the script prints to FILE instead of standard output
        -I DIR       look in DIR for tapset files (.stp) as well
        -s MB        size of the event buffer in MiB, 1 to 1024 (default 16), rounded up to a
                     power of two
        --engine E   how to trace: in-process, kernel, or auto (default): in-process for a Python
                     that -c or -x gives, else kernel
        --lossless   in-process: make the target of -x, as that of -c, wait for room in a full
                     buffer, up to a limit, before an event is lost
        --raw-markers take the static markers that files carry as they are, by the kernel engine,
                     and none that they lack
        -E TEXT      run the script TEXT in addition
        -D NAME=N    set a limit such as MAXACTION, MAXSTRINGLEN, MAXMAPENTRIES or MAXERRORS
        -G NAME=V    give a global variable its first value
        -T SECONDS   end after so many seconds
        -S MB[,N]    with -o: a new file after so many MiB, and keep the last N
        -l, -L POINT list the probe points that POINT stands for, with -L their variables
        -u           keep what nobody reads
        -w, -W       say no warnings; take warnings for errors
        --color[=auto|always|never], --vp DIGITS, --suppress-handler-errors,
        --suppress-time-limits (with -g), --no-global-var-display, --dump-functions,
        --dump-probe-aliases, --dump-probe-types: see pytap(1)
        -p N         stop after pass N: 1 parse, 2 elaborate, 3 plan, 4 generate, 5 run (default)
        -v           say more on standard error; repeat for still more
        -V           print the version
        --help       print this text

      The kernel engine needs root, or CAP_BPF and CAP_PERFMON; the in-process engine needs what a
      debugger needs: with -c nothing, with -x that the process is your own. Exit status: 0 when the script ended in good
      order; 1 for a wrong command line, script or target, for a script that failed while it ran,
      and when COMMAND did not end with status 0; 70 for an error of pytap itself.
      """;

  private HelpText() {}
}
