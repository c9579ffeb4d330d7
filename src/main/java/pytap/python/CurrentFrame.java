package pytap.python;

import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.probe.Value;
import pytap.source.FormatException;

/// The frame that the thread which holds the GIL is running, found from a variable of the file.
final class CurrentFrame {
  private CurrentFrame() {}

  /// Empty where no exported variable leads to it, which is so from 3.12 on.
  static Optional<Value> of(ElfFile file, Layout layout) throws FormatException {
    Optional<Value> thread = thread(file, layout);
    if (thread.isEmpty()) {
      return Optional.empty();
    }
    return switch (layout.frame()) {
      case FrameLayout.FrameObject frame ->
          Optional.of(Value.word(thread.get(), frame.threadFrame()));
      case FrameLayout.InterpreterFrame frame ->
          switch (frame.threadFrame()) {
            case FrameLayout.ThreadFrame.ThroughCFrame(int cframe, int currentFrame) ->
                Optional.of(Value.word(Value.word(thread.get(), cframe), currentFrame));
            case FrameLayout.ThreadFrame.Direct(int currentFrame) ->
                Optional.of(Value.word(thread.get(), currentFrame));
          };
    };
  }

  private static Optional<Value> thread(ElfFile file, Layout layout) throws FormatException {
    if (layout.runtimeThread().isPresent()) {
      Optional<Symbol> runtime = file.exported("_PyRuntime");
      long offset = layout.runtimeThread().getAsInt();
      return runtime.map(symbol -> Value.word(new Value.Static(symbol.address()), offset));
    }
    return file.exported("_PyThreadState_Current")
        .map(symbol -> Value.word(new Value.Static(symbol.address()), 0));
  }
}
