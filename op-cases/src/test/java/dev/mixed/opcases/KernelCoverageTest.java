package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.ops.Tile;
import dev.mixed.engine.tornado.GpuLowerings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** No kernel of the engine is left out by {@code gpu-test}. */
class KernelCoverageTest {
    private static final Names DEVICE = new Names();

    @BeforeAll
    static void recordAllCases() {
        for (GpuCase op : OpTable.gpuCases()) {
            op.run().apply(new GpuInputs(DEVICE));
            DEVICE.synchronize();
        }
    }

    @Test
    void everyLoopKernelIsInACase() throws ReflectiveOperationException {
        assertReached(declared(false));
    }

    @Test
    void everyGridKernelIsInACase() throws ReflectiveOperationException {
        assertReached(declared(true));
    }

    private static void assertReached(Set<String> declared) {
        Set<String> missing = new TreeSet<>(declared);
        missing.removeAll(DEVICE.kernels);
        assertEquals(Set.of(), missing, "kernels that no case launches");
    }

    /** Computes nothing, and knows the launches that ops record as well as those that a GPU runs. */
    private static final class Names extends Device {
        private final Set<String> kernels = new TreeSet<>();

        @Override
        public String name() {
            return "names";
        }

        @Override
        protected List<Lowering> lowerings() {
            List<Lowering> all = new ArrayList<>(GpuLowerings.all());
            all.addFirst((program, at, out) -> {
                for (int i = 0; at == 0 && i < program.size(); i++) {
                    kernels.add(program.get(i).kernel().name());
                }
                return 0;
            });
            return all;
        }

        @Override
        protected Executable prepare(List<Launch> launches) {
            launches.forEach(l -> kernels.add(l.kernel().name()));
            return () -> { };
        }

        @Override
        protected void hostWrote(Buffer buffer) {
        }

        @Override
        protected void hostReads(Buffer buffer) {
        }
    }

    /** The names of the kernels in static fields of the families of ops. */
    private static Set<String> declared(boolean onGrid) throws ReflectiveOperationException {
        Set<String> names = new TreeSet<>();
        for (String type : classes()) {
            for (Field field : Class.forName(type).getDeclaredFields()) {
                boolean kernels = field.getType() == Kernel.class || field.getType() == KernelPair.class;
                if (kernels && Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    for (Kernel kernel : field.get(null) instanceof KernelPair(Kernel f32, Kernel f16) ? List.of(f32, f16) : List.of((Kernel) field.get(null))) {
                        if (kernel.onGrid() == onGrid) {
                            names.add(kernel.name());
                        }
                    }
                }
            }
        }
        assertTrue(names.size() > (onGrid ? 40 : 100), "kernels found: " + names);
        return names;
    }

    /** The classes of the engine's ops, in a folder of classes or in a jar. */
    private static List<String> classes() {
        try {
            URI place = Tile.class.getResource("Tile.class").toURI();
            if (!place.getScheme().equals("jar")) {
                return classes(Path.of(place).getParent());
            }
            try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
                return classes(jar.provider().getPath(place).getParent());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> classes(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(f -> folder.relativize(f).toString()).filter(f -> f.endsWith(".class"))
                    .map(f -> Tile.class.getPackageName() + "." + f.substring(0, f.length() - 6).replace('/', '.')).toList();
        }
    }
}
