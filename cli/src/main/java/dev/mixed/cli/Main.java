// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.engine.DeviceException;
import dev.mixed.engine.tornado.CudaDriver;
import dev.mixed.engine.tornado.TornadoPlatform;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.tornado.cuda.KernelStore;
import java.io.PrintWriter;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code mixed}. Exit codes: 0 done, 2 a mistake in the command line, 130 stopped by Ctrl-C, 1 anything else that stopped it. */
@Command(name = "mixed", mixinStandardHelpOptions = true, version = "miXed 0.1.0",
        description = "Trains and runs BERT text classifiers on the JVM.",
        synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n")
public final class Main implements Runnable {
    @CommandLine.Spec
    private CommandSpec spec;

    /** Inherited by all commands: most open a device. */
    @CommandLine.Option(names = "--no-kernel-cache", scope = CommandLine.ScopeType.INHERIT,
            description = "compile all GPU kernels anew, and keep none for later runs ('mixed doctor' says where they are kept)")
    void noKernelCache(boolean off) {
        if (off) {
            System.setProperty(KernelStore.PROPERTY, KernelStore.OFF);
        }
    }

    public static void main(String[] args) {
        StandardError.restore();
        // What reads the command line takes longer.
        if (TornadoPlatform.present() && Devices.mayUseGpu(System.getenv(), args)) {
            CudaDriver.startAhead();
        }
        CommandLine line = args.length > 0 ? commandLine(args[0]) : commandLine();
        System.exit(line.setOut(StandardOutput.open()).execute(args));
    }

    /** The whole command line, with the mapping from exceptions to messages and exit codes. */
    public static CommandLine commandLine() {
        return commandLine(name -> true);
    }

    /** The command line as far as it concerns who gives this word first: with that command alone where it is one, for making all takes a start's time. */
    static CommandLine commandLine(String first) {
        return commandTypes().anyMatch(type -> name(type).equals(first)) ? commandLine(first::equals) : commandLine();
    }

    private static CommandLine commandLine(Predicate<String> wanted) {
        CommandLine line = new CommandLine(new Main());
        commandTypes().filter(type -> wanted.test(name(type))).forEach(line::addSubcommand);
        CommandLine train = line.getSubcommands().get("train");
        if (train != null) {
            train.getCommandSpec().addMixin("run", RunArguments.spec());
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, args) -> UsageMistakes.report(e));
        line.setExecutionStrategy(Main::run);
        line.setExecutionExceptionHandler((e, command, result) -> report(e, command.getErr()));
        return line;
    }

    /** The classes of all commands, in the order in which help lists them; none has been made. */
    private static Stream<Class<?>> commandTypes() {
        return Stream.concat(
                Stream.of(TrainCommand.class, EvalCommand.class, PredictCommand.class, EmbedCommand.class, BenchCommand.class, DemoCommand.class,
                        DoctorCommand.class, SparkCommand.class),
                ServiceLoader.load(Subcommand.class).stream().map(ServiceLoader.Provider::type));
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    private static int run(CommandLine.ParseResult result) {
        int code = withinMemory(result);
        String problem = StandardOutput.problem(result.commandSpec().commandLine().getOut());
        if (problem != null) {
            result.commandSpec().commandLine().getErr().println("mixed: " + problem);
            return 1;
        }
        return code;
    }

    private static int withinMemory(CommandLine.ParseResult result) {
        try {
            return new CommandLine.RunLast().execute(result);
        } catch (OutOfMemoryError e) {
            result.commandSpec().commandLine().getErr().println("mixed: the memory of the JVM is used up (" + e.getMessage()
                    + "); lower --batch or --length, choose a smaller model, or set MIXED_JAVA_OPTS=-Xmx8g to give it 8 GiB, for example.");
            return 1;
        }
    }

    private static int report(Exception e, PrintWriter err) {
        if (e instanceof DeviceException problem) {
            err.println("mixed: " + UsageMistakes.sentence(problem.getMessage()));
            return 1;
        }
        if (e instanceof UserException) {
            err.println("mixed: " + e.getMessage());
            return e instanceof UsageException ? 2 : 1;
        }
        err.println("mixed: an error in miXed itself, please report it with the lines below.");
        e.printStackTrace(err);
        return 1;
    }

    /** Without a command there is nothing to do but to say what there is. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Give a command: " + String.join(", ", spec.subcommands().keySet()) + ".");
    }
}
