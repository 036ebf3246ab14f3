package dev.mixed.compare;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Nothing that miXed consists of needs the comparison, and its packages depend on each other in no circle. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.mixed");

    @Test
    void nothingNeedsTheComparison() {
        assertTrue(CLASSES.size() > 150, "the check needs the project's classes, found " + CLASSES.size());
        noClasses().that().resideOutsideOfPackage("dev.mixed.compare..").should().dependOnClassesThat().resideInAPackage("dev.mixed.compare..").check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.mixed.(**)").should().beFreeOfCycles().check(CLASSES);
    }
}
