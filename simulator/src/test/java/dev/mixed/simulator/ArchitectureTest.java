// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import org.junit.jupiter.api.Test;

/**
 * No circle in the simulator nor in tornado-env: blocks -> instrumentation of kernels, and graphs -> API -> context -> types. The API's own packages
 * depend on each other as TornadoVM's do, since they have the same signatures.
 */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/share/java/tornado/"))
            .importPackages("dev.mixed.simulator", "dev.mixed.tornado", "uk.ac.manchester.tornado.api");

    private static final String[] TYPES = {"uk.ac.manchester.tornado.api.types..", "uk.ac.manchester.tornado.api.annotations"};

    private static LayeredArchitecture parts() {
        DescribedPredicate<JavaClass> notTypes = DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(TYPES));
        return layeredArchitecture().consideringOnlyDependenciesInLayers().ensureAllClassesAreContainedInArchitecture()
                .layer("types").definedBy(TYPES)
                .layer("context").definedBy("dev.mixed.tornado.context")
                .layer("api").definedBy(JavaClass.Predicates.resideInAPackage("uk.ac.manchester.tornado.api..").and(notTypes))
                .layer("graphs").definedBy("dev.mixed.tornado")
                .layer("instrument").definedBy("dev.mixed.simulator.instrument")
                .layer("blocks").definedBy("dev.mixed.simulator");
    }

    @Test
    void partsKeepTheirOrder() {
        parts().whereLayer("types").mayNotAccessAnyLayer()
                .whereLayer("context").mayOnlyAccessLayers("types")
                .whereLayer("api").mayOnlyAccessLayers("types", "context")
                .whereLayer("graphs").mayOnlyAccessLayers("types", "api")
                .whereLayer("instrument").mayOnlyAccessLayers("types")
                .whereLayer("blocks").mayOnlyAccessLayers("types", "context", "api", "graphs", "instrument")
                .check(CLASSES);
    }

    @Test
    void theOrderCanBeViolated() {
        assertThrows(AssertionError.class, () -> parts().whereLayer("api").mayOnlyAccessLayers("types").check(CLASSES));
        assertThrows(AssertionError.class, () -> parts().whereLayer("blocks").mayNotAccessAnyLayer().check(CLASSES));
    }
}
