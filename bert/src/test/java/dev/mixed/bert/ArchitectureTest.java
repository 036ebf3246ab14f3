package dev.mixed.bert;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import org.junit.jupiter.api.Test;

/**
 * The modules keep their order, bert -> op-cases -> amp -> autograd -> engine -> tornado-env, the simulator of GPU blocks is for tests alone, and no
 * packages depend on each other in a circle.
 */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.mixed", "uk.ac.manchester.tornado");

    private static LayeredArchitecture modules() {
        return layeredArchitecture().consideringAllDependencies().withOptionalLayers(true)
                .layer("tornado-env").definedBy("uk.ac.manchester.tornado..", "dev.mixed.tornado..")
                .layer("simulator").definedBy("dev.mixed.simulator..")
                .layer("engine").definedBy("dev.mixed.engine..")
                .layer("autograd").definedBy("dev.mixed.autograd..")
                .layer("amp").definedBy("dev.mixed.amp..")
                .layer("op-cases").definedBy("dev.mixed.opcases..")
                .layer("bert").definedBy("dev.mixed.bert..")
                .ignoreDependency(DescribedPredicate.alwaysTrue(), DescribedPredicate.not(
                        JavaClass.Predicates.resideInAnyPackage("dev.mixed..", "uk.ac.manchester.tornado..")));
    }

    private static LayeredArchitecture order() {
        return modules()
                .whereLayer("tornado-env").mayNotAccessAnyLayer()
                .whereLayer("simulator").mayOnlyAccessLayers("tornado-env")
                .whereLayer("engine").mayOnlyAccessLayers("tornado-env")
                .whereLayer("autograd").mayOnlyAccessLayers("engine")
                .whereLayer("amp").mayOnlyAccessLayers("autograd", "engine")
                .whereLayer("op-cases").mayOnlyAccessLayers("amp", "autograd", "engine")
                .whereLayer("bert").mayOnlyAccessLayers("op-cases", "amp", "autograd", "engine");
    }

    @Test
    void modulesKeepTheirOrder() {
        assertTrue(CLASSES.size() > 100, "the check needs the project's classes, found " + CLASSES.size());
        order().check(CLASSES);
    }

    @Test
    void theOrderCanBeViolated() {
        assertThrows(AssertionError.class, () -> modules().whereLayer("bert").mayNotAccessAnyLayer().check(CLASSES));
    }

    /** Checks are for the commands, which open devices: what models and training consist of does without. */
    @Test
    void commandsAloneKnowTheTableOfOpCases() {
        noClasses().that().resideInAPackage("dev.mixed..").and().resideOutsideOfPackages("dev.mixed.opcases..", "dev.mixed.bert.cli..", "dev.mixed.compare..")
                .should().dependOnClassesThat().resideInAPackage("dev.mixed.opcases..").check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.mixed.(**)").should().beFreeOfCycles().check(CLASSES);
    }
}
