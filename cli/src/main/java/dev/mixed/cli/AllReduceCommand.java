// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.distributed.AllReduceBenchmark;
import dev.mixed.distributed.Collective;
import dev.mixed.distributed.Collectives;
import dev.mixed.distributed.RankGroup;
import dev.mixed.engine.Device;
import dev.mixed.engine.tornado.GpuRanks;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed bench all-reduce}: times the sums over ranks that a training step needs. */
@Command(name = "all-reduce", mixinStandardHelpOptions = true,
        description = "Times sums over ranks, of as many elements as BERT-base has, and looks whether they are right. Start one process for each rank, with"
                + " RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun sets them; without these it is a run of one rank.")
final class AllReduceCommand implements Callable<Integer> {
    private static final int BASE = 110_000_000;

    @CommandLine.Spec
    private CommandSpec spec;

    @Mixin
    private DeviceArguments device;

    @Option(names = "--elements", defaultValue = "110000000", paramLabel = "<n>",
            description = "elements of each sum (default: ${DEFAULT-VALUE})")
    private int elements;

    @Option(names = "--runs", defaultValue = "20", paramLabel = "<n>", description = "sums to time of each kind (default: ${DEFAULT-VALUE})")
    private int runs;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>", description = "text or json (default: ${DEFAULT-VALUE})")
    private OutputFormat format;

    @Override
    public Integer call() {
        if (elements < 1 || runs < 1) {
            throw new UsageException("--elements and --runs must be at least 1.");
        }
        GpuRanks.prepare();
        try (RankGroup group = RankedDevice.joined(); Device opened = device.open(true); Collective floats = open(group, opened, false);
                Collective halves = open(group, opened, true)) {
            AllReduceBenchmark benchmark = new AllReduceBenchmark(group, opened);
            List<AllReduceBenchmark.Result> results = new ArrayList<>();
            results.add(benchmark.run("float, one tensor", floats, List.of(elements), Float.BYTES, runs));
            List<Integer> parameters = baseParameters(elements);
            results.add(benchmark.run("float, " + parameters.size() + " tensors", floats, parameters, Float.BYTES, runs));
            results.add(benchmark.run("half, one tensor, rounded and back", halves, List.of(elements), Short.BYTES, runs));
            results.add(benchmark.run("half, " + parameters.size() + " tensors, rounded and back", halves, parameters, Short.BYTES, runs));
            if (group.leads()) {
                print(group, opened, floats, results);
            }
            long wrong = results.stream().mapToLong(AllReduceBenchmark.Result::wrong).sum();
            if (wrong > 0) {
                throw new UserException("Rank " + group.rank() + " got " + wrong + " wrong elements of sums; run './mixed gpu-test --only collective'.");
            }
            group.barrier();
        }
        return 0;
    }

    private static Collective open(RankGroup group, Device device, boolean half) {
        return Collectives.ofAnySize(group, device, half, note -> System.err.println("mixed: " + note));
    }

    private void print(RankGroup group, Device opened, Collective collective, List<AllReduceBenchmark.Result> results) {
        PrintWriter out = spec.commandLine().getOut();
        if (format == OutputFormat.JSON) {
            ArrayNode all = new ObjectMapper().createArrayNode();
            results.forEach(r -> all.addObject().put("what", r.what()).put("bytes", r.bytes()).put("ms", r.millis()).put("bus_bytes_per_second",
                    r.busBandwidth(group.size())));
            out.println(all);
            out.flush();
            return;
        }
        out.println(group.size() + (group.size() == 1 ? " rank" : " ranks") + " on " + opened.hardware() + ", " + collective.description() + ", mean of " + runs
                + " sums");
        ResultTable table = new ResultTable("", "MB", "ms", "bus GB/s");
        for (AllReduceBenchmark.Result r : results) {
            table.add(r.what(), String.format(Locale.ROOT, "%.1f", r.bytes() / 1e6), String.format(Locale.ROOT, "%.3f", r.millis()),
                    String.format(Locale.ROOT, "%.1f", r.busBandwidth(group.size()) / 1e9));
        }
        out.println(table);
        out.flush();
    }

    /** Elements of BERT-base's parameters with a pooler and two classes, in their order; of tensors as uneven where they are to have more or fewer in all. */
    private static List<Integer> baseParameters(int elements) {
        int hidden = 768;
        int inner = 3072;
        List<Integer> sizes = new ArrayList<>(List.of(30522 * hidden, 512 * hidden, 2 * hidden, hidden, hidden));
        for (int layer = 0; layer < 12; layer++) {
            for (int product = 0; product < 4; product++) {
                sizes.addAll(List.of(hidden * hidden, hidden));
            }
            sizes.addAll(List.of(hidden, hidden, inner * hidden, inner, hidden * inner, hidden, hidden, hidden));
        }
        sizes.addAll(List.of(hidden * hidden, hidden, 2 * hidden, 2));
        return sizes.stream().map(size -> (int) Math.max(1, (long) size * elements / BASE)).toList();
    }
}
