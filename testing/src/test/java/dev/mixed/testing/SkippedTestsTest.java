// SPDX-License-Identifier: Apache-2.0
package dev.mixed.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class SkippedTestsTest {
    /** Run by the launcher below, not by Surefire, which takes top-level classes. */
    static class Samples {
        @Test
        void passes() {
        }

        @Test
        @Disabled("not written yet")
        void disabled() {
        }

        @Test
        void assumes() {
            Assumptions.assumeTrue(false, "needs a GPU");
        }
    }

    @Test
    void eachSkippedTestSaysWhy() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        var request = LauncherDiscoveryRequestBuilder.request().selectors(DiscoverySelectors.selectClass(Samples.class)).build();
        var quiet = LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build();
        LauncherFactory.create(quiet).execute(request, new SkippedTests(new PrintStream(said, true, StandardCharsets.UTF_8)));
        assertEquals(List.of("skipped SkippedTestsTest$Samples.assumes: needs a GPU", "skipped SkippedTestsTest$Samples.disabled: not written yet"),
                said.toString(StandardCharsets.UTF_8).lines().sorted().toList());
    }
}
