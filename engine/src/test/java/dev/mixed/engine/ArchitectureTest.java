package dev.mixed.engine;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.mixed.engine.jvm.VectorMath;
import dev.mixed.engine.ops.KernelCode;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
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

    /** A family may use those before it; two that stand together don't know each other. */
    private static final List<Set<String>> FAMILIES = List.of(
            Set.of("pointwise"),
            Set.of("random", "reduce", "shape", "softmax"),
            Set.of("gelu"),
            Set.of("loss", "layernorm", "embedding", "optimizer"),
            Set.of("matmul"),
            Set.of("attention"));

    /** Classes that read by position or match by name still, and those out of order; both lists are to become empty. */
    private static final Set<String> BY_POSITION = new TreeSet<>(List.of("ops.attention.AttentionLowering", "ops.attention.AttentionLowering$Heads",
            "ops.matmul.FloatMatmulLowering", "ops.matmul.MatmulLowering", "ops.matmul.MatmulLowering$Product"));
    private static final Set<String> OUT_OF_ORDER = Set.of("ops.matmul.Gemm");

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
        noClasses().that().haveSimpleNameNotEndingWith("Vector").and().doNotBelongToAnyOf(VectorMath.class)
                .and(describe("are in order", c -> !OUT_OF_ORDER.contains(withoutEngine(c)))).should()
                .dependOnClassesThat().resideInAPackage("jdk.incubator.vector..").check(CLASSES);
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
                noClasses().that(resideInAPackage(folder(family)).and(describe("are in order", c -> !OUT_OF_ORDER.contains(withoutEngine(c))))).should()
                        .dependOnClassesThat(resideInAnyPackage(notBefore)).check(CLASSES);
            }
        }
        assertThrows(AssertionError.class, () -> noClasses().that().resideInAPackage(folder("attention")).should()
                .dependOnClassesThat(resideInAPackage(folder("matmul"))).check(CLASSES));
    }

    private static String folder(String family) {
        return OPS + "." + family + "..";
    }

    /** A lowering reads a launch through the record that names its kernel's arguments, and knows a kernel by its constant. */
    @Test
    void launchesAreReadByName() {
        assertEquals(BY_POSITION, CLASSES.stream().filter(c -> c.getPackageName().startsWith(OPS))
                .filter(c -> c.getMethodCallsFromSelf().stream().anyMatch(ArchitectureTest::readsByPosition)).map(ArchitectureTest::withoutEngine)
                .collect(Collectors.toCollection(TreeSet::new)));
        assertEquals(BY_POSITION.isEmpty(), Stream.of(Launch.class, RecordedLaunches.class).flatMap(c -> Arrays.stream(c.getMethods()))
                .noneMatch(m -> byPosition(m.getName(), List.of(m.getParameterTypes()))), "the methods that read by position go with their last callers");
    }

    private static String withoutEngine(JavaClass type) {
        return type.getName().substring(ENGINE.length() + 1);
    }

    private static boolean readsByPosition(JavaMethodCall call) {
        JavaClass owner = call.getTargetOwner();
        if (owner.isEquivalentTo(Kernel.class)) {
            return call.getName().equals("name");
        }
        return (owner.isEquivalentTo(Launch.class) || owner.isEquivalentTo(RecordedLaunches.class))
                && byPosition(call.getName(), call.getTarget().getRawParameterTypes().stream().map(JavaClass::reflect).toList());
    }

    private static boolean byPosition(String method, List<?> parameters) {
        boolean ofLaunch = parameters.equals(List.of(int.class)) && Set.of("buffer", "intAt", "floatAt").contains(method);
        return ofLaunch || parameters.equals(List.of(int.class, String.class)) && method.equals("is");
    }

    /** Loops over all arguments, whatever they are, are fine. */
    @Test
    void noPlaceOfAnArgumentIsWrittenAsANumber() {
        assertEquals(Set.of("dev/mixed/engine/ArchitectureTest.readsTheFirst"), KernelCode.methods(ArchitectureTest.class).entrySet().stream()
                .filter(m -> m.getKey().startsWith("dev/mixed/engine/ArchitectureTest.") && readsAtConstant(m.getValue())).map(ArchitectureTest::method)
                .collect(Collectors.toSet()));
        assertEquals(Set.of(), KernelCode.methods(Kernel.class).entrySet().stream().filter(m -> readsAtConstant(m.getValue())).map(ArchitectureTest::method)
                .filter(m -> BY_POSITION.stream().noneMatch(c -> m.startsWith((ENGINE + "." + c).replace('.', '/') + "."))).collect(Collectors.toSet()));
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
                    && Set.of("argument", "access", "asLongs").contains(call.name().stringValue()) && code.get(i - 1) instanceof ConstantInstruction) {
                return true;
            }
        }
        return false;
    }
}
