// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.cli.demo.PrecisionDemo;
import dev.mixed.engine.Device;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** {@code mixed demo}: small demonstrations, each a subcommand. */
@Command(name = "demo", mixinStandardHelpOptions = true, description = "Shows how things work, with numbers computed on the spot.",
        synopsisSubcommandLabel = "TOPIC", commandListHeading = "%nTopics:%n", subcommands = DemoCommand.PrecisionTopic.class)
final class DemoCommand implements Runnable {
    @CommandLine.Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Name a topic: precision.");
    }

    /** {@code mixed demo precision}. */
    @Command(name = "precision", mixinStandardHelpOptions = true,
            description = "What half precision holds and loses: ranges, sums, small updates, small gradients with and without loss scaling.")
    static final class PrecisionTopic implements Callable<Integer> {
        @CommandLine.Spec
        private CommandSpec spec;

        @Mixin
        private DeviceArguments device;

        @Override
        public Integer call() {
            try (Device opened = device.open(true)) {
                spec.commandLine().getOut().println("computed on " + opened.name() + "\n");
                spec.commandLine().getOut().println(new PrecisionDemo(opened).text());
            }
            return 0;
        }
    }
}
