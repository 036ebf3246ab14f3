// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.ops.Tile;
import dev.mixed.engine.tornado.GpuLowerings;
import dev.mixed.intrinsics.Capability;
import dev.mixed.intrinsics.KernelCapability;
import dev.mixed.simulator.instrument.KernelMethod;
import dev.mixed.tornado.TaskCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;

/** No kernel of the engine is left out by {@code gpu-test}. */
class KernelCoverageTest {
    private static final String KERNEL = Kernel.class.getName().replace('.', '/');
    /** Tell a library where arrays lie, and compute nothing: gpu-test runs them with its collectives. */
    private static final Set<String> OF_COLLECTIVES = Set.of("wide.address_of_ints");
    private static final Set<String> REACHED = new TreeSet<>();
    private static final Map<String, Optional<Capability>> NEEDS = new HashMap<>();
    private static final Set<String> BEYOND = new TreeSet<>();

    /** What tells older GPUs from Hopper is products and attention alone. */
    @BeforeAll
    static void recordAllCases() {
        record(GpuTarget.PLAIN, OpTable.gpuCases());
        record(GpuTarget.HOPPER, OpTable.gpuCases());
        List<GpuCase> chosen = OpTable.gpuCases().stream().filter(c -> c.name().contains("matmul") || c.name().contains("attention"))
                .filter(c -> !c.name().contains("768")).toList();
        for (GpuTarget target : List.of(GpuTarget.TURING, GpuTarget.AMPERE)) {
            record(target, chosen);
        }
        record(GpuTarget.AMPERE.withTf32(true), OpTable.tf32Cases());
    }

    private static void record(GpuTarget target, List<GpuCase> cases) {
        try (Names device = new Names(target)) {
            for (GpuCase op : cases) {
                var _ = op.run().apply(GpuInputs.blank(device));
                device.synchronize();
            }
        }
    }

    @Test
    void everyLoopKernelIsInACase() {
        assertReached(declared(false));
    }

    @Test
    void everyGridKernelIsInACase() {
        assertReached(declared(true));
    }

    /** A plan asks for what its kernels' intrinsics need before it chooses them. */
    @Test
    void noGpuGetsAKernelThatItCantRun() {
        assertTrue(NEEDS.values().stream().anyMatch(need -> need.equals(Optional.of(Capability.SM_90A))), "no kernel of Hopper's was looked at");
        assertEquals(Set.of(), BEYOND);
    }

    private static void assertReached(Set<String> declared) {
        Set<String> missing = new TreeSet<>(declared);
        missing.removeAll(REACHED);
        missing.removeAll(OF_COLLECTIVES);
        assertEquals(Set.of(), missing, "kernels that no case launches");
    }

    /** Computes nothing, and knows the launches that ops record as well as those that a GPU runs. */
    private static final class Names extends Device {
        private final GpuTarget target;

        Names(GpuTarget target) {
            this.target = target;
        }

        @Override
        public String name() {
            return "names";
        }

        @Override
        protected List<Lowering> lowerings() {
            List<Lowering> all = new ArrayList<>(GpuLowerings.all(target));
            all.addFirst((program, at, out) -> {
                for (int i = 0; at == 0 && i < program.size(); i++) {
                    REACHED.add(program.get(i).kernel().name());
                }
                return 0;
            });
            return all;
        }

        @Override
        protected Executable prepare(List<Launch> launches) {
            launches.forEach(l -> {
                REACHED.add(l.kernel().name());
                if (l.kernel().onGrid()) {
                    need(l).filter(needed -> !target.has(needed)).ifPresent(needed -> BEYOND.add(l.kernel().name() + " needs " + needed + ", on " + target));
                }
            });
            return () -> {};
        }

        /** What a launch's kernel needs of a GPU. */
        private static Optional<Capability> need(Launch launch) {
            return NEEDS.computeIfAbsent(launch.kernel().name(), _ -> {
                Object code = launch.kernel().reference();
                Object[] arguments = new Object[launch.kernel().arity()];
                arguments[0] = new KernelContext();
                for (int i = 0; i < launch.argumentCount(); i++) {
                    arguments[i + 1] = launch.argument(i);
                }
                KernelMethod kernel = KernelMethod.of(TaskCode.handle(code, arguments.length), arguments, code)
                        .orElseThrow(() -> new AssertionError("the method of " + launch.kernel().name() + " is not known"));
                return KernelCapability.of(Stream.of(kernel.owner().getDeclaredMethods())
                        .filter(m -> m.getName().equals(kernel.name()) && m.getParameterCount() == arguments.length).findFirst().orElseThrow());
            });
        }

        @Override
        protected void hostWrote(Buffer buffer) {
        }

        @Override
        protected void hostReads(Buffer buffer) {
        }
    }

    /** The names that the engine's ops give to {@link Kernel#grid} or to {@code Kernel.of}, wherever they call it. */
    private static Set<String> declared(boolean onGrid) {
        Set<String> names = new TreeSet<>();
        forEachClass(model -> {
            for (MethodModel method : model.methods()) {
                String text = null;
                for (CodeElement element : method.code().map(CodeModel::elementList).orElse(List.of())) {
                    if (element instanceof ConstantInstruction constant && constant.constantValue() instanceof String value) {
                        text = value;
                    } else if (element instanceof InvokeInstruction call && call.owner().asInternalName().equals(KERNEL)
                            && call.name().equalsString(onGrid ? "grid" : "of")) {
                        names.add(Objects.requireNonNull(text, () -> "a kernel in " + model.thisClass().asInternalName() + " whose name is no constant"));
                        text = null;
                    }
                }
            }
        });
        assertTrue(names.size() > (onGrid ? 70 : 100), "kernels found: " + names);
        return names;
    }

    /** The classes of the engine's ops, in a folder of classes or in a jar. */
    private static void forEachClass(Consumer<ClassModel> use) {
        try {
            URI place = Tile.class.getResource("Tile.class").toURI();
            if (place.getScheme().equals("jar")) {
                try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
                    forEachClass(jar.provider().getPath(place).getParent(), use);
                }
            } else {
                forEachClass(Path.of(place).getParent(), use);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void forEachClass(Path folder, Consumer<ClassModel> use) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                use.accept(ClassFile.of().parse(Files.readAllBytes(file)));
            }
        }
    }
}
