// SPDX-License-Identifier: Apache-2.0
package dev.mixed.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The modules use only those above them, and no packages depend on each other in a circle. */
class ArchitectureTest {

    /** A module, its packages, and the modules that its classes may use. */
    private record Module(String name, List<String> packages, List<String> uses) {
        static Module of(String name, String... uses) {
            return new Module(name, List.of("dev.mixed." + name + ".."), List.of(uses));
        }
    }

    /** From the top of the house down: each may use some of those above it. Two are for tests alone, so that no module uses them: testing and simulator. */
    private static final List<Module> HOUSE = List.of(
            Module.of("testing"),
            new Module("tornado-env", List.of("uk.ac.manchester.tornado..", "dev.mixed.tornado", "dev.mixed.tornado.context.."), List.of()),
            Module.of("intrinsics", "tornado-env"),
            new Module("tornado-cuda", List.of("dev.mixed.tornado.cuda.."), List.of("intrinsics", "tornado-env")),
            Module.of("simulator", "intrinsics", "tornado-env"),
            Module.of("engine", "tornado-cuda", "intrinsics", "tornado-env"),
            Module.of("autograd", "engine"),
            Module.of("amp", "autograd", "engine"),
            new Module("op-cases", List.of("dev.mixed.opcases.."), List.of("amp", "autograd", "engine")),
            Module.of("io"),
            Module.of("distributed", "io", "engine"),
            Module.of("weights", "io"),
            Module.of("bert", "weights", "io", "amp", "autograd", "engine"),
            Module.of("train", "bert", "weights", "distributed", "io", "amp", "autograd", "engine"),
            Module.of("cli", "train", "bert", "weights", "distributed", "io", "op-cases", "amp", "autograd", "engine", "tornado-cuda"),
            Module.of("compare", "cli", "train", "bert", "weights", "distributed", "io", "op-cases", "amp", "autograd", "engine"));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.mixed", "uk.ac.manchester.tornado");

    private static LayeredArchitecture modules() {
        LayeredArchitecture modules = layeredArchitecture().consideringAllDependencies().withOptionalLayers(true);
        for (Module module : HOUSE) {
            modules = modules.layer(module.name).definedBy(module.packages.toArray(String[]::new));
        }
        return modules.ignoreDependency(DescribedPredicate.alwaysTrue(),
                DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage("dev.mixed..", "uk.ac.manchester.tornado..")));
    }

    @Test
    void modulesUseOnlyThoseAboveThem() {
        LayeredArchitecture order = modules();
        List<String> above = new ArrayList<>();
        for (Module module : HOUSE) {
            assertTrue(above.containsAll(module.uses), module.name + " uses one that is not above it: " + module.uses);
            order = module.uses.isEmpty() ? order.whereLayer(module.name).mayNotAccessAnyLayer()
                    : order.whereLayer(module.name).mayOnlyAccessLayers(module.uses.toArray(String[]::new));
            above.add(module.name);
        }
        order.check(CLASSES);
    }

    @Test
    void theOrderCanBeViolated() {
        assertThrows(AssertionError.class, () -> modules().whereLayer("bert").mayNotAccessAnyLayer().check(CLASSES));
    }

    @Test
    void everyClassIsOfOneOfTheModules() {
        assertTrue(CLASSES.size() > 300, "the checks need the project's classes, found " + CLASSES.size());
        String[] packages = HOUSE.stream().flatMap(module -> module.packages.stream()).toArray(String[]::new);
        assertEquals(List.of(),
                CLASSES.stream().filter(DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(packages))).map(JavaClass::getName).toList());
    }

    @Test
    void nothingNeedsTheComparison() {
        noClasses().that().resideOutsideOfPackage("dev.mixed.compare..").should().dependOnClassesThat().resideInAPackage("dev.mixed.compare..").check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.mixed.(**)").should().beFreeOfCycles().check(CLASSES);
    }
}
