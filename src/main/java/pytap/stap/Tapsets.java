package pytap.stap;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.source.SourceText;

/// The tapset library that pytap ships: script text that defines what scripts name and pytap does
/// not do natively. A file is read when a name that it defines is looked up, not before.
public final class Tapsets {
  /// One shipped file, and what it defines (a test holds the two together).
  ///
  /// @param functions names of its functions that are not private
  /// @param aliases names of its probe aliases
  record Entry(String file, List<String> functions, List<String> aliases) {}

  static final List<Entry> INDEX =
      List.of(
          new Entry(
              "python.stp",
              List.of(),
              List.of(
                  "python.function.entry",
                  "python.function.return",
                  "python.line",
                  "python.gc.start",
                  "python.gc.done",
                  "python.import.start",
                  "python.import.done",
                  "python.audit")),
          new Entry(
              "ansi.stp",
              List.of(
                  "ansi_clear_screen",
                  "ansi_set_color",
                  "ansi_set_color2",
                  "ansi_set_color3",
                  "ansi_reset_color",
                  "ansi_new_line",
                  "ansi_cursor_move",
                  "ansi_cursor_hide",
                  "ansi_cursor_save",
                  "ansi_cursor_restore",
                  "ansi_cursor_show"),
              List.of()),
          new Entry("assert.stp", List.of("assert"), List.of()),
          new Entry("regex.stp", List.of("matched_str"), List.of()),
          new Entry(
              "stopwatch.stp",
              List.of(
                  "start_stopwatch",
                  "stop_stopwatch",
                  "delete_stopwatch",
                  "read_stopwatch_ns",
                  "read_stopwatch_us",
                  "read_stopwatch_ms",
                  "read_stopwatch_s"),
              List.of()),
          new Entry(
              "queue_stats.stp",
              List.of(
                  "qs_wait",
                  "qs_run",
                  "qs_done",
                  "qsq_start",
                  "qsq_utilization",
                  "qsq_blocked",
                  "qsq_wait_queue_length",
                  "qsq_service_time",
                  "qsq_wait_time",
                  "qsq_throughput",
                  "qsq_print"),
              List.of()),
          new Entry("errno.stp", List.of("return_str"), List.of()),
          new Entry(
              "task_time.stp",
              List.of(
                  "msecs_to_string",
                  "usecs_to_string",
                  "nsecs_to_string",
                  "cputime_to_string",
                  "task_utime_tid",
                  "task_stime_tid",
                  "task_time_string",
                  "task_time_string_tid"),
              List.of()),
          new Entry(
              "proc_mem.stp",
              List.of(
                  "bytes_to_string",
                  "pages_to_string",
                  "proc_mem_size_pid",
                  "proc_mem_rss_pid",
                  "proc_mem_shr_pid",
                  "proc_mem_txt_pid",
                  "proc_mem_data_pid",
                  "proc_mem_string",
                  "proc_mem_string_pid"),
              List.of()),
          new Entry(
              "rlimit.stp",
              List.of(
                  "task_rlimit_cpu",
                  "task_rlimit_fsize",
                  "task_rlimit_data",
                  "task_rlimit_stack",
                  "task_rlimit_core",
                  "task_rlimit_rss",
                  "task_rlimit_nproc",
                  "task_rlimit_nofile",
                  "task_rlimit_memlock",
                  "task_rlimit_as",
                  "task_rlimit_locks",
                  "task_rlimit_sigpending",
                  "task_rlimit_msgqueue",
                  "task_rlimit_nice",
                  "task_rlimit_rtprio",
                  "task_rlimit_rttime"),
              List.of()),
          new Entry(
              "json.stp",
              List.of(
                  "json_set_prefix",
                  "json_add_numeric_metric",
                  "json_add_string_metric",
                  "json_add_array",
                  "json_add_array_numeric_metric",
                  "json_add_array_string_metric"),
              List.of()));

  private Tapsets() {}

  /// Every file we ship, read.
  public static List<SourceText> own() {
    List<SourceText> files = new ArrayList<>();
    for (Entry entry : INDEX) {
      files.add(read(entry.file()));
    }
    return files;
  }

  /// The shipped file that defines the function `name`.
  static Optional<Entry> definingFunction(String name) {
    for (Entry entry : INDEX) {
      if (entry.functions().contains(name)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  static SourceText read(String file) {
    try (InputStream in = Tapsets.class.getResourceAsStream("/pytap/tapset/".concat(file))) {
      if (in == null) {
        throw new IllegalStateException("tapset " + file + " is not in the jar");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      return new SourceText("tapset/".concat(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException("tapset " + file, e);
    }
  }
}
