// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.sdk;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.classfile.ClassModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.runtime.tasks.PrebuiltTask;

/** Whatever compiles against the stubs links against TornadoVM's runtime and its backend cuda: those of the SDK of TORNADOVM_HOME. */
class StubSignatureTest {
    private static final int FEWEST = 20;

    private static Map<String, ClassModel> stubs() throws Exception {
        return ApiClasses.read(Path.of(PrebuiltTask.class.getProtectionDomain().getCodeSource().getLocation().toURI()), ApiClasses.ALL);
    }

    @Test
    void theSdkLacksNothingOfTheStubs() throws Exception {
        String home = System.getenv("TORNADOVM_HOME");
        assumeTrue(home != null && !home.isBlank(), "no TornadoVM SDK to compare with: set TORNADOVM_HOME");
        Map<String, ClassModel> sdk = new TreeMap<>();
        try (Stream<Path> jars = Files.list(Path.of(home, "share", "java", "tornado"))) {
            for (Path jar : jars.filter(jar -> jar.getFileName().toString().matches("tornado-(api|runtime|drivers-cuda)-\\d.*\\.jar")).toList()) {
                sdk.putAll(ApiClasses.read(jar, ApiClasses.ALL));
            }
        }
        List<String> missing = ApiDifference.missing(stubs(), sdk);
        assertTrue(missing.isEmpty(), () -> missing.size() + " signatures that TornadoVM lacks:\n" + String.join("\n", missing));
    }

    @Test
    void thereAreStubs() throws Exception {
        assertTrue(stubs().size() > FEWEST, "only " + stubs().size() + " classes found");
    }
}
