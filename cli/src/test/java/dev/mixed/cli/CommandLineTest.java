// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CommandLineTest {
    @Test
    void aCommandByItselfIsWhatItIsAmongAll() {
        CommandLine all = Main.commandLine();
        assertTrue(all.getSubcommands().keySet().containsAll(Set.of("train", "eval", "predict", "bench", "demo", "doctor")));
        for (String name : all.getSubcommands().keySet()) {
            CommandLine alone = Main.commandLine(name);
            assertEquals(Set.of(name), alone.getSubcommands().keySet());
            CommandLine.Help.Ansi plain = CommandLine.Help.Ansi.OFF;
            assertEquals(all.getSubcommands().get(name).getUsageMessage(plain), alone.getSubcommands().get(name).getUsageMessage(plain));
        }
        for (String other : Set.of("", "--help", "trian", "Train", "trai")) {
            assertEquals(all.getSubcommands().keySet(), Main.commandLine(other).getSubcommands().keySet(), other);
        }
    }
}
