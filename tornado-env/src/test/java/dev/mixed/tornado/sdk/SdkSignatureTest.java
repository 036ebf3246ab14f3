// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Whatever compiles against our API links against TornadoVM's: the SDK of TORNADOVM_HOME, or -Dmixed.tornado.api=JAR or folder. */
class SdkSignatureTest {
    private static final String FLOAT_ARRAY = "uk/ac/manchester/tornado/api/types/arrays/FloatArray";

    private static Map<String, ClassModel> ours() throws IOException, URISyntaxException {
        return ApiClasses.read(Path.of(FloatArray.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    }

    private static Path sdk() throws IOException {
        String given = System.getProperty("mixed.tornado.api");
        if (given != null) {
            return Path.of(given);
        }
        String home = System.getenv("TORNADOVM_HOME");
        assumeTrue(home != null && !home.isBlank(),
                "no TornadoVM SDK to compare with: set TORNADOVM_HOME, or -Dmixed.tornado.api to its API jar");
        try (Stream<Path> jars = Files.list(Path.of(home, "share", "java", "tornado"))) {
            return jars.filter(jar -> jar.getFileName().toString().matches("tornado-api-.*\\.jar")).findFirst().orElseThrow();
        }
    }

    @Test
    void theSdkLacksNothingOfOurs() throws Exception {
        List<String> missing = ApiDifference.missing(ours(), ApiClasses.read(sdk()));
        assertTrue(missing.isEmpty(), () -> missing.size() + " signatures that TornadoVM's API lacks:\n" + String.join("\n", missing));
    }

    @Test
    void ourOwnApiLacksNothing() throws Exception {
        Map<String, ClassModel> ours = ours();
        assertTrue(ours.size() > 40, "only " + ours.size() + " classes found");
        assertEquals(List.of(), ApiDifference.missing(ours, ours));
    }

    @Test
    void aMissingClassIsListed() throws Exception {
        Map<String, ClassModel> fewer = new TreeMap<>(ours());
        fewer.remove("uk/ac/manchester/tornado/api/enums/ProfilerMode");
        assertEquals(List.of("class uk/ac/manchester/tornado/api/enums/ProfilerMode"), ApiDifference.missing(ours(), fewer));
    }

    @Test
    void additionsOfOursAreListed() throws Exception {
        Map<String, ClassModel> ours = ours();
        Map<String, ClassModel> more = new TreeMap<>(ours);
        byte[] grown = ClassFile.of().transformClass(ours.get(FLOAT_ARRAY), ClassTransform.endHandler(builder -> builder
                .withInterfaceSymbols(ClassDesc.of("java.io.Closeable"))
                .withField("SIZE", ConstantDescs.CD_int, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC)
                .withMethodBody("sum", MethodTypeDesc.of(ConstantDescs.CD_float), ClassFile.ACC_PUBLIC, code -> code.fconst_0().freturn())
                .withMethodBody("hidden", MethodTypeDesc.of(ConstantDescs.CD_float), ClassFile.ACC_PRIVATE, code -> code.fconst_0().freturn())
                .withMethodBody("get", MethodTypeDesc.of(ConstantDescs.CD_float, ConstantDescs.CD_long), ClassFile.ACC_PUBLIC,
                        code -> code.fconst_0().freturn())));
        more.put(FLOAT_ARRAY, ClassFile.of().parse(grown));
        List<String> missing = ApiDifference.missing(more, ours);
        assertEquals(List.of("supertype java/io/Closeable of " + FLOAT_ARRAY, "field " + FLOAT_ARRAY + ".SIZE I",
                "method " + FLOAT_ARRAY + ".sum()F", "method " + FLOAT_ARRAY + ".get(J)F"), missing);
    }
}
