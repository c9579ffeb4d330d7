package pytap.ir;

import java.util.List;

/// A whole script, typed, with only what it uses.
public record Program(List<Global> globals, List<Function> functions, List<Probe> probes) {
  public Program {
    globals = List.copyOf(globals);
    functions = List.copyOf(functions);
    probes = List.copyOf(probes);
  }

  /// The function called `name`; a front end never leaves a call to a function that is not there.
  public Function function(String name) {
    for (Function function : functions) {
      if (function.name().equals(name)) {
        return function;
      }
    }
    throw new IllegalStateException("no function " + name + " in the program");
  }
}
