package dev.mixed.engine.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * TornadoVM addresses a local array wrongly where a helper that got it as an argument indexes it: the emulated GPU can't see that, and a real one
 * faults or computes nonsense. Helpers may compute indices and values; only kernels may touch the array.
 */
class LocalMemoryTest {
    @Test
    void onlyKernelsIndexLocalArrays() throws IOException, URISyntaxException {
        Map<String, MethodModel> methods = methods();
        Set<String> onGpu = new TreeSet<>();
        methods.forEach((name, method) -> {
            if (isKernel(method)) {
                follow(name, methods, onGpu);
            }
        });
        assertTrue(onGpu.size() > 10, "only these run on a GPU: " + onGpu);
        assertEquals(List.of(), onGpu.stream().filter(name -> takesArray(methods.get(name)) && indexes(methods.get(name))).toList());
    }

    private static Map<String, MethodModel> methods() throws IOException, URISyntaxException {
        Map<String, MethodModel> methods = new HashMap<>();
        Path folder = Path.of(GpuLowerings.class.getResource("GpuLowerings.class").toURI()).getParent();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                for (MethodModel method : model.methods()) {
                    methods.put(key(model.thisClass().asInternalName(), method.methodName().stringValue(), method.methodType().stringValue()), method);
                }
            }
        }
        return methods;
    }

    private static String key(String owner, String name, String descriptor) {
        return owner.substring(owner.lastIndexOf('/') + 1) + "." + name + descriptor;
    }

    private static boolean isKernel(MethodModel method) {
        var parameters = method.methodTypeSymbol().parameterList();
        return !parameters.isEmpty() && parameters.getFirst().displayName().equals("KernelContext");
    }

    /** Adds a method and all that it calls. */
    private static void follow(String name, Map<String, MethodModel> methods, Set<String> found) {
        if (methods.containsKey(name) && found.add(name)) {
            methods.get(name).code().ifPresent(code -> code.forEach(element -> {
                if (element instanceof InvokeInstruction call) {
                    follow(key(call.owner().asInternalName(), call.name().stringValue(), call.type().stringValue()), methods, found);
                }
            }));
        }
    }

    private static boolean takesArray(MethodModel method) {
        return method.methodTypeSymbol().parameterList().stream().anyMatch(t -> t.isArray() && t.componentType().isPrimitive());
    }

    private static boolean indexes(MethodModel method) {
        return method.code().map(code -> code.elementStream().anyMatch(e -> e instanceof ArrayLoadInstruction || e instanceof ArrayStoreInstruction))
                .orElse(false);
    }
}
