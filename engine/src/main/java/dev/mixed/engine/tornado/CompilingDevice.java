// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Recomputing;
import java.util.List;

/** Begins to compile the kernels that a GPU would run, and runs none of them. */
final class CompilingDevice extends Device {
    private final List<Lowering> lowerings;
    private final Recomputing recomputing;
    private final boolean tf32;
    private final TaskCompiler compiler;
    private final StandIns standIns = new StandIns();

    CompilingDevice(List<Lowering> lowerings, Recomputing recomputing, boolean tf32, TaskCompiler compiler) {
        this.lowerings = lowerings;
        this.recomputing = recomputing;
        this.tf32 = tf32;
        this.compiler = compiler;
    }

    @Override
    public String name() {
        return "compiling";
    }

    @Override
    public boolean roundsToTf32() {
        return tf32;
    }

    @Override
    protected List<Lowering> lowerings() {
        return lowerings;
    }

    @Override
    protected Recomputing recomputing() {
        return recomputing;
    }

    @Override
    protected Executable prepare(List<Launch> launches) {
        compiler.begin(ProgramGraph.tasks(launches, standIns));
        return () -> {
        };
    }

    @Override
    protected void hostWrote(Buffer buffer) {
    }

    @Override
    protected void hostReads(Buffer buffer) {
    }
}
