// SPDX-License-Identifier: Apache-2.0
package dev.mixed.halfforms;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.lang.model.element.Modifier;

/**
 * The source of a class of half forms.
 *
 * @param qualifiedName its name, package included
 * @param text          all of its source
 */
record HalfFormClass(String qualifiedName, String text) {
    private static final String HALF_FLOAT = "uk.ac.manchester.tornado.api.types.HalfFloat";
    private static final String HALF_FLOAT_ARRAY = "uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray";

    /** The half forms of the class at {@code path}, a top-level class. */
    static HalfFormClass of(Trees trees, TreePath path) throws IOException {
        CompilationUnitTree unit = path.getCompilationUnit();
        ClassTree type = (ClassTree) path.getLeaf();
        if (path.getParentPath().getLeaf() != unit) {
            throw new HalfFormException("only a top-level class has half forms, " + type.getSimpleName() + " is nested", type);
        }
        SourcePositions positions = trees.getSourcePositions();
        String source = unit.getSourceFile().getCharContent(true).toString();
        List<MethodTree> methods = new ArrayList<>();
        Set<String> halfNames = new HashSet<>();
        Set<String> floatNames = new HashSet<>();
        for (Tree member : type.getMembers()) {
            if (member instanceof MethodTree method) {
                boolean half = method.getParameters().stream().anyMatch(HalfFormClass::alsoHalf);
                if (half) {
                    check(method);
                    methods.add(method);
                }
                (half ? halfNames : floatNames).add(method.getName().toString());
            }
        }
        String name = type.getSimpleName() + "Half";
        if (unit.getPackageName() == null) {
            throw new HalfFormException("a class with half forms is in a named package, " + type.getSimpleName() + " is in none: give it one", type);
        }
        String packageName = unit.getPackageName().toString();
        StringBuilder body = new StringBuilder();
        for (MethodTree method : methods) {
            MethodRewriter rewriter = new MethodRewriter(unit, positions, source, type.getSimpleName().toString(), halfNames, floatNames);
            body.append("\n    /** {@link ").append(type.getSimpleName()).append('#').append(method.getName()).append("} on half storage. */\n")
                    .append("    ").append(rewriter.halfForm(method).strip()).append('\n');
        }
        return new HalfFormClass(packageName + '.' + name, header(unit, type, packageName) + '\n'
                + "/** The half forms of {@link " + type.getSimpleName() + "}. */\n"
                + "@javax.annotation.processing.Generated(\"" + HalfFormProcessor.class.getName() + "\")\n"
                + (type.getModifiers().getFlags().contains(Modifier.PUBLIC) ? "public " : "") + "final class " + name + " {\n"
                + "    private " + name + "() {\n    }\n" + body + "}\n");
    }

    static boolean alsoHalf(VariableTree parameter) {
        return parameter.getModifiers().getAnnotations().stream().anyMatch(a -> a.getAnnotationType().toString().endsWith(AlsoHalf.class.getSimpleName()));
    }

    private static void check(MethodTree method) {
        if (!method.getModifiers().getFlags().contains(Modifier.STATIC)) {
            throw new HalfFormException("a method with a half form is static, as kernels are", method);
        }
        for (VariableTree parameter : method.getParameters()) {
            if (alsoHalf(parameter) && !parameter.getType().toString().equals("FloatArray")) {
                throw new HalfFormException("@AlsoHalf is for a FloatArray, not for a " + parameter.getType(), parameter);
            }
        }
    }

    /** The package and the imports: those of the float form, what half storage needs, and the members that the float form uses by their short names. */
    private static String header(CompilationUnitTree unit, ClassTree type, String packageName) {
        Set<String> imports = new TreeSet<>(List.of(HALF_FLOAT, HALF_FLOAT_ARRAY));
        Set<String> statics = new TreeSet<>();
        for (ImportTree each : unit.getImports()) {
            (each.isStatic() ? statics : imports).add(each.getQualifiedIdentifier().toString());
        }
        imports.remove(AlsoHalf.class.getName());
        statics.add(packageName + '.' + type.getSimpleName() + ".*");
        StringBuilder header = new StringBuilder("package ").append(packageName).append(";\n\n");
        statics.forEach(s -> header.append("import static ").append(s).append(";\n"));
        imports.forEach(s -> header.append("import ").append(s).append(";\n"));
        return header.toString();
    }
}
