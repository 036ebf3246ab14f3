package dev.mixed.compare.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OpCasesTest {
    @Test
    void everyKernelOfTheEngineIsInACase() throws ReflectiveOperationException {
        Names used = new Names();
        for (OpCase op : OpCases.all()) {
            op.run().apply(new Inputs(used));
            used.synchronize();
        }
        Set<String> missing = declared();
        missing.removeAll(used.kernels);
        assertEquals(Set.of(), missing);
    }

    /** Computes nothing. */
    private static final class Names extends Device {
        private final Set<String> kernels = new TreeSet<>();

        @Override
        public String name() {
            return "names";
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

    private static Set<String> declared() throws ReflectiveOperationException {
        Set<String> names = new TreeSet<>();
        for (String type : classes(Elementwise.class)) {
            for (Field field : Class.forName(type).getDeclaredFields()) {
                if (field.getType() == Kernel.class) {
                    field.setAccessible(true);
                    names.add(((Kernel) field.get(null)).name());
                }
            }
        }
        assertEquals(true, names.size() > 100, "kernels found: " + names);
        return names;
    }

    /** The classes beside one, in a folder of classes or in a jar. */
    private static List<String> classes(Class<?> one) {
        try {
            URI place = one.getResource(one.getSimpleName() + ".class").toURI();
            if (!place.getScheme().equals("jar")) {
                return classes(one.getPackageName(), Path.of(place).getParent());
            }
            try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
                return classes(one.getPackageName(), jar.provider().getPath(place).getParent());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> classes(String folder, Path path) throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".class")).map(f -> folder + "." + f.substring(0, f.length() - 6)).toList();
        }
    }
}
