package pytap.gen.jvm;

import java.lang.constant.ClassDesc;
import java.util.List;
import java.util.Locale;
import pytap.ir.Intrinsics;

/// The static method that does an intrinsic's work: called like the intrinsic, its words joined as
/// Java joins them. It takes the intrinsic's arguments, then the machine and the site where it
/// wants them.
record RuntimeMethod(ClassDesc owner, String name, boolean machine, boolean site) {
  private static final boolean ALONE = false;
  private static final boolean WITH_MACHINE = true;
  private static final boolean QUIET = false;
  private static final boolean WITH_SITE = true;

  /// The intrinsics of one class whose methods take the same beside their arguments.
  private record Family(ClassDesc owner, boolean machine, boolean site, List<String> names) {}

  private static final List<Family> FAMILIES =
      List.of(
          family(
              Owner.TEXT_FUNCTIONS,
              ALONE,
              QUIET,
              "strlen",
              "substr",
              "isinstr",
              "strpos",
              "strtol",
              "isdigit"),
          family(Owner.TEXT_FUNCTIONS, ALONE, WITH_SITE, "stringat"),
          family(Owner.TEXT_FUNCTIONS, WITH_MACHINE, QUIET, "str_replace", "tokenize"),
          family(Owner.QUOTED_TEXT, WITH_MACHINE, QUIET, "text_str", "text_strn", "string_quoted"),
          family(Owner.TIME_FUNCTIONS, WITH_MACHINE, WITH_SITE, "ctime", "tz_ctime"),
          family(
              Owner.TIME_FUNCTIONS, WITH_MACHINE, QUIET, "tz_gmtoff", "tz_name", "jiffies", "HZ"),
          family(
              Owner.TIME_FUNCTIONS,
              WITH_MACHINE,
              WITH_SITE,
              "cpu_clock_s",
              "cpu_clock_ms",
              "cpu_clock_us",
              "cpu_clock_ns"),
          family(Owner.TIME_FUNCTIONS, ALONE, QUIET, "cputime_to_msecs", "cputime_to_usecs"),
          family(
              Owner.SESSION_FUNCTIONS,
              WITH_MACHINE,
              QUIET,
              "target",
              "exit",
              "abort",
              "log",
              "warn",
              "indent",
              "indent_depth",
              "thread_indent",
              "thread_indent_depth",
              "module_name",
              "module_size",
              "remote_id",
              "remote_uri",
              "stp_pid",
              "system",
              "switch_file",
              "mem_page_size"),
          family(Owner.SESSION_FUNCTIONS, WITH_MACHINE, WITH_SITE, "randint", "matched"),
          family(Owner.SESSION_FUNCTIONS, WITH_MACHINE, QUIET, "ngroups"),
          family(Owner.SESSION_FUNCTIONS, ALONE, QUIET, "error"),
          family(Owner.SESSION_FUNCTIONS, WITH_MACHINE, QUIET, "stp_print_binary"),
          family(
              Owner.SPECULATIONS,
              WITH_MACHINE,
              QUIET,
              "speculation",
              "speculate",
              "commit",
              "discard"),
          family(
              Owner.PROCESS_FUNCTIONS,
              WITH_MACHINE,
              QUIET,
              "pexecname",
              "cmdline_str",
              "cmdline_arg",
              "cmdline_args",
              "env_var",
              "pgrp",
              "sid",
              "ns_pgrp",
              "ns_sid",
              "is_myproc",
              "proc_mem_size",
              "proc_mem_rss",
              "proc_mem_shr",
              "proc_mem_txt",
              "proc_mem_data",
              "task_utime",
              "task_stime",
              "task_start_time",
              "target_set_pid",
              "target_set_report"),
          family(
              Owner.TASK_FUNCTIONS,
              WITH_MACHINE,
              QUIET,
              "task_current",
              "pid2task",
              "task_pid",
              "task_tid",
              "task_parent",
              "task_state",
              "task_uid",
              "task_euid",
              "task_gid",
              "task_egid",
              "task_prio",
              "task_nice",
              "task_cpu",
              "task_ns_pid",
              "task_ns_tid",
              "task_ns_uid",
              "task_ns_euid",
              "task_ns_gid",
              "task_ns_egid",
              "task_open_file_handles",
              "task_max_file_handles",
              "task_rlimit",
              "task_execname",
              "pid2execname",
              "task_ancestry"),
          family(
              Owner.STACK_FUNCTIONS,
              WITH_MACHINE,
              QUIET,
              "print_regs",
              "print_ubacktrace",
              "print_ubacktrace_brief",
              "print_ubacktrace_fileline",
              "sprint_ubacktrace",
              "ubacktrace",
              "usymname",
              "usymdata",
              "usymfile",
              "usymline",
              "usymfileline",
              "print_ustack",
              "print_usyms",
              "sprint_ustack",
              "sprint_usyms",
              "registers_valid",
              "user_mode",
              "probefunc"),
          family(
              Owner.STACK_FUNCTIONS,
              WITH_MACHINE,
              WITH_SITE,
              "umodname",
              "umodbuildid",
              "umodaddr",
              "ustack",
              "ucallers",
              "caller",
              "callers",
              "caller_addr"),
          family(
              Owner.REGISTER_FUNCTIONS,
              WITH_MACHINE,
              WITH_SITE,
              "int_arg",
              "uint_arg",
              "long_arg",
              "ulong_arg",
              "longlong_arg",
              "ulonglong_arg",
              "pointer_arg",
              "s32_arg",
              "u32_arg",
              "s64_arg",
              "u64_arg",
              "returnval",
              "returnstr",
              "register",
              "u_register"),
          family(
              Owner.WIDE_TEXT,
              WITH_MACHINE,
              WITH_SITE,
              "user_string_utf16",
              "user_string_utf32",
              "user_string2_utf16",
              "user_string2_utf32",
              "user_string_quoted_utf16",
              "user_string_quoted_utf32",
              "user_buffer_quoted",
              "user_buffer_quoted_error"),
          family(
              Owner.NUMBER_FUNCTIONS,
              ALONE,
              QUIET,
              "htons",
              "htonl",
              "htonll",
              "ntohs",
              "ntohl",
              "ntohll",
              "big_endian2",
              "big_endian4",
              "big_endian8",
              "little_endian2",
              "little_endian4",
              "little_endian8",
              "MAJOR",
              "MINOR",
              "MKDEV"),
          family(
              Owner.FLOATING_POINT,
              ALONE,
              QUIET,
              "fp32_to_fp64",
              "fp_sqrt",
              "long_to_fp",
              "fp_add",
              "fp_sub",
              "fp_mul",
              "fp_div",
              "fp_rem",
              "fp_eq",
              "fp_le",
              "fp_lt",
              "fp_to_long"),
          family(Owner.FLOATING_POINT, WITH_MACHINE, QUIET, "fp_to_string"),
          family(Owner.FLOATING_POINT, ALONE, WITH_SITE, "string_to_fp"),
          family(
              Owner.NAME_FUNCTIONS,
              ALONE,
              QUIET,
              "errno_str",
              "errno_p",
              "signal_str",
              "sigset_mask_str",
              "sa_flags_str",
              "sa_handler_str",
              "ip_ntop",
              "tcp_sockstate_str",
              "sock_prot_num2str",
              "sock_fam_num2str",
              "sock_state_num2str",
              "sock_type_num2str",
              "sock_flags_num2str",
              "msg_flags_num2str",
              "sock_prot_str2num",
              "sock_fam_str2num",
              "sock_state_str2num",
              "sock_type_str2num",
              "rlimit_from_str"));

  private static Family family(ClassDesc owner, boolean machine, boolean site, String... names) {
    return new Family(owner, machine, site, List.of(names));
  }

  static RuntimeMethod of(String name) {
    if (name.startsWith(Intrinsics.OF_MARKER)) {
      String of = name.substring(Intrinsics.OF_MARKER.length());
      return new RuntimeMethod(
          Owner.SESSION_FUNCTIONS, javaName("marker_" + of), WITH_MACHINE, QUIET);
    }
    for (Family family : FAMILIES) {
      if (family.names().contains(name)) {
        return new RuntimeMethod(family.owner(), javaName(name), family.machine(), family.site());
      }
    }
    throw new IllegalStateException("no code for " + name + "()");
  }

  /// `print_ubacktrace` is `printUbacktrace`; a name in capitals is written small.
  private static String javaName(String name) {
    if (Character.isUpperCase(name.charAt(0))) {
      return name.toLowerCase(Locale.ROOT);
    }
    StringBuilder out = new StringBuilder(name.length());
    boolean capital = false;
    for (int i = 0; i < name.length(); i++) {
      char letter = name.charAt(i);
      if (letter != '_') {
        out.append(capital ? Character.toUpperCase(letter) : letter);
      }
      capital = letter == '_';
    }
    return out.toString();
  }
}
