package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SectionTest {

  private static final Section TWO_THREADS =
      new Section(
          List.of(
              List.of("entry a.py f 1", "return a.py f 2"),
              List.of("entry a.py g 4", "return a.py g 5")));

  @Test
  void theSectionLiesBetweenTheMarkerFunctionsAndThreadsMayMix() {
    assertThat(
            Section.cut(
                """
                Attaching
                70 entry w.py <module> 1
                70 entry w.py workload_begin 3
                70 return w.py workload_begin 4
                70 entry a.py f 1
                72 entry a.py g 4
                70 return a.py f 2
                70 entry w.py workload_end 6
                72 return a.py g 5
                70 return w.py workload_end 7
                70 return w.py <module> 9
                """))
        .isEqualTo(TWO_THREADS);
  }

  @Test
  void aRecordedSectionLeavesOutTheKindsThatAreNotAskedFor() {
    assertThat(
            Section.recorded(
                List.of(
                    "0 entry a.py f 1 start",
                    "0 return a.py f 2 return",
                    "1 entry a.py g 4 start",
                    "1 return a.py h 4 unwind",
                    "1 return a.py g 5 yield"),
                List.of("unwind")))
        .isEqualTo(TWO_THREADS);
  }

  @Test
  void equalSectionsDoNotDiffer() {
    assertThat(TWO_THREADS.difference(new Section(TWO_THREADS.threads()))).isEmpty();
  }

  @Test
  void aDifferenceIsShownWithTheEventsAroundIt() {
    Section expected =
        new Section(
            List.of(List.of("entry a.py f 1", "return a.py f 2", "entry a.py g 4", "entry x 1")));
    Section found =
        new Section(List.of(List.of("entry a.py f 1", "return a.py f 3", "entry a.py g 4")));
    assertThat(expected.difference(found))
        .hasValue(
            """
            thread 0 differs from event 1 on (4 expected, 3 found)
              entry a.py f 1
            - return a.py f 2
            - entry a.py g 4
            - entry x 1
            + return a.py f 3
            + entry a.py g 4\
            """);
  }

  @Test
  void aMissingThreadIsADifference() {
    assertThat(TWO_THREADS.difference(new Section(TWO_THREADS.threads().subList(0, 1))))
        .hasValue(
            """
            thread 1 differs from event 0 on (2 expected, 0 found)
            - entry a.py g 4
            - return a.py g 5\
            """);
  }
}
