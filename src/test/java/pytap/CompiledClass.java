package pytap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.NullMarked;

/// A class as the compiler left it in `target/classes`, and what it refers to.
@NullMarked
record CompiledClass(ClassModel model) {

  private static final Path CLASSES = Path.of("target", "classes");

  static List<CompiledClass> all() {
    try (Stream<Path> files = Files.walk(CLASSES)) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .sorted()
          .map(CompiledClass::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CompiledClass read(Path file) {
    try {
      return new CompiledClass(ClassFile.of().parse(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The name with dots, nested classes after `$`.
  String name() {
    return nameOf(model.thisClass().asSymbol());
  }

  /// The name without package and enclosing classes; a number for an anonymous class.
  String simpleName() {
    return name().replaceFirst(".*[.$]", "");
  }

  /// The package, without the root `pytap.`.
  String room() {
    return roomOf(name());
  }

  /// The room of a class of pytap.
  static String roomOf(String className) {
    return className.replaceFirst("\\.[^.]*$", "").replaceFirst("^pytap\\.?", "");
  }

  boolean isPackageInfo() {
    return simpleName().equals("package-info");
  }

  boolean isAnonymous() {
    return Character.isDigit(simpleName().charAt(0));
  }

  boolean isClosed() {
    return model.flags().has(AccessFlag.FINAL)
        || model.flags().has(AccessFlag.INTERFACE)
        || model.findAttribute(Attributes.permittedSubclasses()).isPresent();
  }

  String superclass() {
    return model.superclass().map(entry -> nameOf(entry.asSymbol())).orElse("");
  }

  boolean hasAnnotation(String annotationName) {
    return model.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
        .flatMap(attribute -> attribute.annotations().stream())
        .anyMatch(annotation -> nameOf(annotation.classSymbol()).equals(annotationName));
  }

  /// Names of all classes in code, declarations and descriptors; not those of annotations.
  Stream<String> referencedClasses() {
    Stream<ClassDesc> fields = model.fields().stream().map(field -> field.fieldTypeSymbol());
    Stream<ClassDesc> methods =
        model.methods().stream().flatMap(method -> types(method.methodTypeSymbol()));
    Stream<ClassDesc> pool =
        StreamSupport.stream(model.constantPool().spliterator(), false)
            .flatMap(entry ->
                switch (entry) {
                  case ClassEntry type -> Stream.of(type.asSymbol());
                  case MethodTypeEntry type -> types(type.asSymbol());
                  case NameAndTypeEntry member -> types(member.type().stringValue());
                  default -> Stream.empty();
                });
    return Stream.of(fields, methods, pool)
        .flatMap(types -> types)
        .map(CompiledClass::nameOf)
        .distinct();
  }

  /// Methods and fields that the code uses, as `java.lang.System.exit`.
  Stream<String> referencedMembers() {
    return StreamSupport.stream(model.constantPool().spliterator(), false)
        .filter(MemberRefEntry.class::isInstance)
        .map(MemberRefEntry.class::cast)
        .map(member -> nameOf(member.owner().asSymbol()) + "." + member.name().stringValue());
  }

  private static Stream<ClassDesc> types(String descriptor) {
    return descriptor.startsWith("(")
        ? types(MethodTypeDesc.ofDescriptor(descriptor))
        : Stream.of(ClassDesc.ofDescriptor(descriptor));
  }

  private static Stream<ClassDesc> types(MethodTypeDesc type) {
    return Stream.concat(Stream.of(type.returnType()), type.parameterList().stream());
  }

  private static String nameOf(ClassDesc type) {
    return type.descriptorString().replaceAll("^\\[*L?|;$", "").replace('/', '.');
  }
}
