// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import dev.mixed.intrinsics.KernelGrid;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CUDA C of a kernel on intrinsics, as TornadoVM writes it, with what TornadoVM does not know: launch bounds, and tensor maps among the parameters. */
final class IntrinsicSource {
    private static final Pattern SIGNATURE = Pattern.compile("extern \"C\" __global__ void (\\w+)\\(([^)]*)\\)");
    private static final int MOST_THREADS = 1024;
    private static final String MAP_TYPE = "struct __align__(64) TensorMap { unsigned long long words[16]; };\n";

    private IntrinsicSource() {
    }

    /**
     * The source of a plain loop, whose blocks TornadoVM makes as large as a GPU has them: without a bound, a kernel may take more registers than such a
     * block has (CUDA's error 701).
     */
    static String bounded(String source) {
        Matcher signature = SIGNATURE.matcher(source);
        return signature.find() ? source.substring(0, signature.start(1)) + "__launch_bounds__(" + MOST_THREADS + ") " + source.substring(signature.start(1))
                : source;
    }

    /** @throws IllegalStateException if there is no kernel in the source */
    static String complete(String source, KernelGrid grid) {
        Matcher signature = SIGNATURE.matcher(source);
        if (!signature.find()) {
            throw new IllegalStateException("TornadoVM wrote no kernel as miXed knows it");
        }
        StringBuilder maps = new StringBuilder();
        for (int i = 0; i < grid.maps().size(); i++) {
            maps.append(", const __grid_constant__ TensorMap tensor_map_").append(i);
        }
        String bounds = " __launch_bounds__(" + grid.threads() + ", " + grid.blocksPerProcessor() + ") ";
        return source.substring(0, signature.start()) + (maps.isEmpty() ? "" : MAP_TYPE) + "extern \"C\" __global__ void" + bounds + signature.group(1) + "("
                + signature.group(2) + maps + ")" + source.substring(signature.end());
    }
}
