// SPDX-License-Identifier: Apache-2.0
package dev.mixed.halfforms;

import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.Writer;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import javax.tools.Diagnostic;

/** Writes the class of half forms for each class that has parameters with {@link AlsoHalf}. Runs in javac alone, whose trees it reads. */
@SupportedAnnotationTypes("dev.mixed.halfforms.AlsoHalf")
public final class HalfFormProcessor extends AbstractProcessor {
    @Override
    public SourceVersion getSupportedSourceVersion() {
        return SourceVersion.latest();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        Trees trees = Trees.instance(processingEnv);
        Set<TypeElement> classes = new LinkedHashSet<>();
        for (Element parameter : round.getElementsAnnotatedWith(AlsoHalf.class)) {
            Element method = Objects.requireNonNull(parameter.getEnclosingElement(), "a parameter is enclosed by its method");
            classes.add((TypeElement) Objects.requireNonNull(method.getEnclosingElement(), "a method is enclosed by its class"));
        }
        for (TypeElement type : classes) {
            write(trees, type);
        }
        return false;
    }

    private void write(Trees trees, TypeElement type) {
        TreePath path = trees.getPath(type);
        try {
            HalfFormClass half = HalfFormClass.of(trees, path);
            try (Writer out = processingEnv.getFiler().createSourceFile(half.qualifiedName(), type).openWriter()) {
                out.write(half.text());
            }
        } catch (HalfFormException e) {
            trees.printMessage(Diagnostic.Kind.ERROR, e.getMessage(), e.tree(), path.getCompilationUnit());
        } catch (IOException e) {
            processingEnv.getMessager().printMessage(Diagnostic.Kind.ERROR, "the half forms of " + type + " could not be written: " + e, type);
        }
    }
}
