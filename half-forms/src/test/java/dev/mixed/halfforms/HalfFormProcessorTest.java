// SPDX-License-Identifier: Apache-2.0
package dev.mixed.halfforms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What javac makes of classes with {@link AlsoHalf}; the arrays are the few methods of TornadoVM's that kernels use. */
class HalfFormProcessorTest {
    private static final List<JavaFileObject> ARRAYS = List.of(
            source("uk.ac.manchester.tornado.api.types.HalfFloat", """
                    public class HalfFloat {
                        private final float value;
                        public HalfFloat(float value) { this.value = Float.float16ToFloat(Float.floatToFloat16(value)); }
                        public float getFloat32() { return value; }
                    }"""),
            source("uk.ac.manchester.tornado.api.types.arrays.FloatArray", """
                    public class FloatArray {
                        public final float[] values = new float[4];
                        public float get(int i) { return values[i]; }
                        public void set(int i, float v) { values[i] = v; }
                    }"""),
            source("uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray", """
                    public class HalfFloatArray {
                        public final uk.ac.manchester.tornado.api.types.HalfFloat[] values = new uk.ac.manchester.tornado.api.types.HalfFloat[4];
                        public uk.ac.manchester.tornado.api.types.HalfFloat get(int i) { return values[i]; }
                        public void set(int i, uk.ac.manchester.tornado.api.types.HalfFloat v) { values[i] = v; }
                    }"""));

    @TempDir
    private Path out;

    @Test
    void readsAndStoresAreConverted() throws Exception {
        assertEquals("float half$value0 = twice(x.get(e).getFloat32()) + b.get(e) * LIMIT; HalfFloat half$0 = new HalfFloat(half$value0); y.set(e, half$0);",
                line("""
                        static final float LIMIT = 2f;
                        static void apply(@AlsoHalf FloatArray x, FloatArray b, @AlsoHalf FloatArray y, int e) {
                            y.set(e, twice(x.get(e)) + b.get(e) * LIMIT);
                        }
                        static float twice(float v) { return 2 * v; }
                        """, "float half$").replace("Sample.twice", "twice"));
    }

    @Test
    void aSingleStatementGetsABlock() throws Exception {
        assertEquals("if (e < n) { float half$value0 = v; HalfFloat half$0 = new HalfFloat(half$value0); y.set(e, half$0); }",
                line("static void put(@AlsoHalf FloatArray y, int e, int n, float v) { \n if (e < n) y.set(e, v);\n }", "if (e < n)"));
    }

    @Test
    void anIndexMayReadAnArrayToo() throws Exception {
        assertEquals("y.set((int) x.get(e).getFloat32(), half$0);",
                line("static void scatter(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int e) {\n y.set((int) x.get(e), 1f);\n }", "float half$")
                        .replaceAll("^float.*?; HalfFloat.*?; ", ""));
    }

    @Test
    void helpersWithHalfFormsAreCalledInTheirHalfForm() throws Exception {
        String half = half("""
                static float first(@AlsoHalf FloatArray x) { return x.get(0); }
                static void apply(@AlsoHalf FloatArray x, FloatArray y) { y.set(1, first(x)); }
                """);
        assertTrue(half.contains("static float first(HalfFloatArray x) { return x.get(0).getFloat32(); }"), half);
        assertTrue(half.contains("static void apply(HalfFloatArray x, FloatArray y) { y.set(1, first(x)); }"), half);
    }

    @Test
    void theHalfFormComputesInFloatAndRoundsOnce() throws Exception {
        Compilation c = compile("static void apply(@AlsoHalf FloatArray y) { y.set(0, 1f / 3f); }");
        assertEquals(List.of(), c.errors());
        try (var loader = new java.net.URLClassLoader(new java.net.URL[] {out.toUri().toURL()})) {
            Class<?> arrayType = loader.loadClass("uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray");
            Object array = arrayType.getConstructor().newInstance();
            var method = loader.loadClass("sample.SampleHalf").getDeclaredMethod("apply", arrayType);
            method.setAccessible(true);
            method.invoke(null, array);
            Object half = arrayType.getMethod("get", int.class).invoke(array, 0);
            assertEquals(Float.float16ToFloat(Float.floatToFloat16(1f / 3f)), half.getClass().getMethod("getFloat32").invoke(half));
        }
    }

    @Test
    void whatHasNoHalfFormIsAnErrorAtItsPlace() throws Exception {
        assertError("void apply(@AlsoHalf FloatArray y) { y.set(0, 1f); }", "a method with a half form is static");
        assertError("static void apply(@AlsoHalf float y) { }", "@AlsoHalf is for a FloatArray, not for a float");
        assertError("static void apply(@AlsoHalf FloatArray y) { Runnable r = () -> y.set(0, 1f); }", "a store to half storage is a statement of its own");
        assertError("static void apply(@AlsoHalf FloatArray y) { { int x; } for (;;) { FloatArray z = y; { FloatArray y2 = z; } y.set(0, one(y)); } }\n"
                + "static float one(@AlsoHalf FloatArray y) { return 1f; }\nstatic float one(float y) { return 1f; }",
                "one names methods with and without a half form");
        assertError("static class Inner { static void apply(@AlsoHalf FloatArray y) { y.set(0, 1f); } }", "only a top-level class has half forms");
        assertError("static void apply(@AlsoHalf FloatArray y) { y.set(0, hidden()); }\nprivate static float hidden() { return 1f; }",
                "hidden() has private access");
    }

    private void assertError(String members, String sentence) throws IOException {
        List<String> errors = compile(members).errors();
        assertTrue(errors.stream().anyMatch(e -> e.contains(sentence)), errors.toString());
    }

    private String line(String members, String start) throws IOException {
        return half(members).lines().map(String::strip).filter(l -> l.startsWith(start)).findFirst().orElseThrow();
    }

    private String half(String members) throws IOException {
        Compilation c = compile(members);
        assertEquals(List.of(), c.errors());
        return Files.readString(out.resolve("sample/SampleHalf.java"));
    }

    private record Compilation(List<String> errors) {
    }

    private Compilation compile(String members) throws IOException {
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = javac.getStandardFileManager(said, null, null)) {
            files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(out));
            List<JavaFileObject> sources = new ArrayList<>(ARRAYS);
            sources.add(source("sample.Sample", "import dev.mixed.halfforms.AlsoHalf;\nimport uk.ac.manchester.tornado.api.types.arrays.FloatArray;\n"
                    + "public final class Sample {\n" + members + "}"));
            JavaCompiler.CompilationTask task = javac.getTask(new StringWriter(), files, said, List.of("-g"), null, sources);
            task.setProcessors(List.of(new HalfFormProcessor()));
            task.call();
        }
        return new Compilation(said.getDiagnostics().stream().filter(d -> d.getKind() == Diagnostic.Kind.ERROR).map(d -> d.getMessage(null)).toList());
    }

    private static JavaFileObject source(String name, String text) {
        String packageName = name.substring(0, name.lastIndexOf('.'));
        return new SimpleJavaFileObject(URI.create("string:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return "package " + packageName + ";\n" + text;
            }
        };
    }
}
