package pytap.stap;

import java.util.List;
import java.util.Optional;

/// Functions of stap's library that scripts for user space may name and pytap does not have, each
/// with the reason and, where there is one, what to write instead.
public final class AbsentFunctions {
  /// Functions that are absent for one reason.
  ///
  /// @param instead what to write; empty where there is nothing
  public record Group(String reason, Optional<String> instead, List<String> names) {}

  private static final List<Group> GROUPS =
      List.of(
          group(
              "it reads the kernel's memory",
              "use the function of that name that begins with user_",
              "kernel_buffer_quoted kernel_buffer_quoted_error kernel_char kernel_int kernel_long"
                  + " kernel_pointer kernel_short kernel_string kernel_string2"
                  + " kernel_string2_utf16 kernel_string2_utf32 kernel_string_n"
                  + " kernel_string_quoted kernel_string_quoted_utf16"
                  + " kernel_string_quoted_utf32 kernel_string_utf16 kernel_string_utf32"
                  + " kernel_or_user_string_quoted kernel_or_user_string_quoted_utf16"
                  + " kernel_or_user_string_quoted_utf32 atomic_read atomic_long_read"),
          group(
              "it gives the address of a structure in the kernel",
              "",
              "task_fd_lookup task_cwd_path task_exe_file current_exe_file"),
          group(
              "it speaks to the kernel's log",
              "use print_ubacktrace() or log()",
              "dump_stack ftrace printk"),
          group(
              "it tells of the kernel's stack",
              "use print_ubacktrace(), ubacktrace() or ustack() for the target's",
              "stack_size stack_used stack_unused stack backtrace print_backtrace"
                  + " sprint_backtrace print_stack sprint_stack print_syms sprint_syms"),
          group(
              "it names the kernel's functions",
              "use usymname() or usymdata()",
              "symname symdata symfile symline symfileline modname probemod"),
          group(
              "it chooses a calling convention, and x86-64 has one only",
              "leave it out",
              "asmlinkage fastcall regparm"),
          group(
              "it changes the target",
              "",
              "set_int_arg set_uint_arg set_long_arg set_ulong_arg set_longlong_arg"
                  + " set_ulonglong_arg set_pointer_arg set_s32_arg set_s64_arg set_u32_arg"
                  + " set_u64_arg set_returnval mdelay udelay raise panic set_user_string"
                  + " set_user_string_n set_user_long set_user_int set_user_short set_user_char"
                  + " set_user_pointer set_kernel_string set_kernel_string_n set_kernel_long"
                  + " set_kernel_int set_kernel_short set_kernel_char set_kernel_pointer"),
          group(
              "it walks Python's objects for probes in modules, which pytap does not have",
              "use the markers, whose arguments are the file, the function and the line",
              "Py2Object_GetAttr Py2Object_Repr python2_get_locals python2_get_var_obj"
                  + " Py3Object_GetAttr Py3Object_Repr python3_get_locals python3_get_var_obj"
                  + " python3_initialize python_print_backtrace python_sprint_backtrace"));

  private AbsentFunctions() {}

  private static Group group(String reason, String instead, String names) {
    return new Group(
        reason,
        instead.isEmpty() ? Optional.empty() : Optional.of(instead),
        List.of(names.split(" ", -1)));
  }

  public static List<Group> all() {
    return GROUPS;
  }

  /// Why there is no function `name`; empty where stap does not know it either.
  static Optional<Group> reason(String name) {
    for (Group group : GROUPS) {
      if (group.names().contains(name)) {
        return Optional.of(group);
      }
    }
    return Optional.empty();
  }
}
