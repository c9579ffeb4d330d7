package pytap.gen.jvm;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import pytap.runtime.ByteString;
import pytap.runtime.Handlers;
import pytap.runtime.ProgramShape;
import pytap.runtime.Site;

/// Makes handlers run: defines their class, hidden, and gives it its literals.
public final class HandlerLoader {
  private static final MethodType CONSTRUCTOR =
      MethodType.methodType(void.class, ByteString[].class, Site[].class, ProgramShape.class);

  private HandlerLoader() {}

  /// Loads `handlers`. The result has no state and may be used with any number of machines.
  public static Handlers load(HandlerClass handlers) {
    ByteString[] texts = handlers.literals().toArray(new ByteString[0]);
    Site[] sites = handlers.shape().sites().toArray(new Site[0]);
    try {
      MethodHandles.Lookup defined =
          MethodHandles.lookup().defineHiddenClass(handlers.bytes(), true);
      MethodHandle constructor = defined.findConstructor(defined.lookupClass(), CONSTRUCTOR);
      return (Handlers) constructor.invoke(texts, sites, handlers.shape());
    } catch (Throwable impossible) {
      throw new IllegalStateException("generated handlers do not load", impossible);
    }
  }
}
