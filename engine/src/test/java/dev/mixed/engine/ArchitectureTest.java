// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.mixed.engine.jvm.VectorMath;
import dev.mixed.engine.ops.KernelCode;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The engine's floors: its frame, the JVM device, the families of ops in their order, the GPU device. And arguments are read by name alone. */
class ArchitectureTest {
    private static final String ENGINE = "dev.mixed.engine";
    private static final String OPS = ENGINE + ".ops";
    private static final JavaClasses CLASSES = new ClassFileImporter().importUrl(Kernel.class.getProtectionDomain().getCodeSource().getLocation());

    /** The methods of a launch that take the place of an argument: for loops over all of them. */
    private static final Set<String> OF_ANY_ARGUMENT = Set.of("argument", "access", "asLongs");

    /** A family may use those before it; two that stand together don't know each other. */
    private static final List<Set<String>> FAMILIES = List.of(
            Set.of("pointwise"),
            Set.of("random", "reduce", "shape", "softmax"),
            Set.of("gelu"),
            Set.of("loss", "layernorm", "embedding", "flat", "optimizer"),
            Set.of("matmul"),
            Set.of("attention"));

    @Test
    void theFrameKnowsNeitherOpsNorDevices() {
        assertTrue(CLASSES.size() > 100, "the check needs the engine's classes, found " + CLASSES.size());
        noClasses().that().resideInAPackage(ENGINE).should().dependOnClassesThat().resideInAPackage(ENGINE + ".*..").check(CLASSES);
        assertThrows(AssertionError.class, () -> noClasses().that().resideInAPackage(ENGINE).should().dependOnClassesThat().resideInAPackage(ENGINE)
                .check(CLASSES));
    }

    @Test
    void devicesStandBelowAndAboveTheOps() {
        noClasses().that().resideInAPackage(ENGINE + ".jvm..").should().dependOnClassesThat().resideInAnyPackage(OPS + "..", ENGINE + ".tornado..")
                .check(CLASSES);
        noClasses().that().resideInAPackage(OPS + "..").should().dependOnClassesThat().resideInAPackage(ENGINE + ".tornado..").check(CLASSES);
    }

    /** A user's JVM may lack its module: what runs without names such a class only in what a kernel's vector form is made by. */
    @Test
    void onlyVectorFormsUseTheVectorApi() {
        noClasses().that().haveSimpleNameNotEndingWith("Vector").and().doNotBelongToAnyOf(VectorMath.class).should().dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..").check(CLASSES);
    }

    @Test
    void familiesOfOpsKeepTheirOrder() {
        Set<String> found = CLASSES.stream().map(JavaClass::getPackageName).filter(p -> p.startsWith(OPS + ".")).map(p -> p.substring(OPS.length() + 1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(FAMILIES.stream().flatMap(Set::stream).collect(Collectors.toCollection(TreeSet::new)), found,
                "a new family gets its place in the order here");
        noClasses().that().resideInAPackage(OPS).should().dependOnClassesThat().resideInAPackage(OPS + ".*..").check(CLASSES);
        for (int i = 0; i < FAMILIES.size(); i++) {
            for (String family : FAMILIES.get(i)) {
                String[] notBefore = FAMILIES.subList(i, FAMILIES.size()).stream().flatMap(Set::stream).filter(f -> !f.equals(family))
                        .map(ArchitectureTest::folder).toArray(String[]::new);
                noClasses().that().resideInAPackage(folder(family)).should().dependOnClassesThat(resideInAnyPackage(notBefore)).check(CLASSES);
            }
        }
        assertThrows(AssertionError.class, () -> noClasses().that().resideInAPackage(folder("attention")).should()
                .dependOnClassesThat(resideInAPackage(folder("matmul"))).check(CLASSES));
    }

    private static String folder(String family) {
        return OPS + "." + family + "..";
    }

    /** A lowering knows a kernel by its constant, and reads a launch through the record that names the kernel's arguments. */
    @Test
    void launchesAreReadByName() {
        Set<String> askForNames = CLASSES.stream().filter(c -> c.getMethodCallsFromSelf().stream()
                .anyMatch(call -> call.getTargetOwner().isEquivalentTo(Kernel.class) && call.getName().equals("name"))).map(JavaClass::getName)
                .collect(Collectors.toSet());
        assertTrue(askForNames.contains(Device.class.getName()), "the profile prints names");
        assertEquals(Set.of(), askForNames.stream().filter(c -> c.startsWith(OPS)).collect(Collectors.toSet()), "who asks for names compares them");
        assertEquals(Set.of(), methods(RecordedLaunches.class).filter(m -> List.of(m.getParameterTypes()).contains(String.class)).map(Method::getName)
                .collect(Collectors.toSet()));
        assertEquals(OF_ANY_ARGUMENT, methods(Launch.class).filter(m -> List.of(m.getParameterTypes()).equals(List.of(int.class))).map(Method::getName)
                .collect(Collectors.toSet()));
    }

    private static Stream<Method> methods(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods()).filter(m -> Modifier.isPublic(m.getModifiers()));
    }

    /** Loops over all arguments are fine, one at a constant place is not. */
    @Test
    void noPlaceOfAnArgumentIsWrittenAsANumber() {
        assertEquals(Set.of("dev/mixed/engine/ArchitectureTest.readsTheFirst"), KernelCode.methods(ArchitectureTest.class).entrySet().stream()
                .filter(m -> m.getKey().startsWith("dev/mixed/engine/ArchitectureTest.") && readsAtConstant(m.getValue())).map(ArchitectureTest::method)
                .collect(Collectors.toSet()));
        assertEquals(Set.of(), KernelCode.methods(Kernel.class).entrySet().stream().filter(m -> readsAtConstant(m.getValue())).map(ArchitectureTest::method)
                .collect(Collectors.toSet()));
    }

    static Object readsTheFirst(Launch launch) {
        return launch.argument(0);
    }

    private static String method(Map.Entry<String, MethodModel> method) {
        return method.getKey().substring(0, method.getKey().indexOf('('));
    }

    private static boolean readsAtConstant(MethodModel method) {
        List<CodeElement> code = method.code().map(c -> c.elementStream().filter(Instruction.class::isInstance).toList()).orElse(List.of());
        for (int i = 1; i < code.size(); i++) {
            if (code.get(i) instanceof InvokeInstruction call && call.owner().asInternalName().equals("dev/mixed/engine/Launch")
                    && OF_ANY_ARGUMENT.contains(call.name().stringValue()) && code.get(i - 1) instanceof ConstantInstruction) {
                return true;
            }
        }
        return false;
    }
}
