package pytap.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import pytap.asm.x86.Instruction;
import pytap.elf.ElfFile;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.ProbeSite;

/// One way in which a frame begins or ends to run, and the places at which it can be seen.
///
/// @param name the opcode, or what happens
/// @param usual the kernel engine's place
/// @param places those of which a window may begin at any
/// @param condition when a hit at a place counts; empty where that cannot be told there
/// @param arguments the marker's arguments at a place
record AdaptiveEvent(
    String name,
    AdaptivePlace usual,
    List<AdaptivePlace> places,
    Function<AdaptivePlace, Optional<Condition>> condition,
    Function<AdaptivePlace, List<Argument>> arguments) {

  AdaptiveEvent {
    places = List.copyOf(places);
  }

  /// The kernel engine's site.
  ProbeSite breakpoint(ElfFile file) {
    Instruction instruction = usual.instruction();
    return new ProbeSite(
        instruction.address(),
        file.fileOffset(instruction.address()).orElseThrow(),
        OptionalLong.empty(),
        condition.apply(usual).orElseThrow(),
        Optional.of(usual.frame()),
        arguments.apply(usual),
        instruction.emulated() ? ProbeSite.Cost.EMULATED : ProbeSite.Cost.SINGLE_STEPPED,
        name);
  }

  /// What the in-process engine may choose from.
  List<WindowFinder.Choice> choices() {
    List<WindowFinder.Choice> choices = new ArrayList<>();
    for (AdaptivePlace place : places) {
      condition
          .apply(place)
          .ifPresent(counts ->
              choices.add(
                  new WindowFinder.Choice(
                      place.instruction().address(),
                      counts,
                      place.frame(),
                      arguments.apply(place))));
    }
    return choices;
  }
}
