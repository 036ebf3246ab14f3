// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.sdk;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What code compiled against one API would miss in another: every class, supertype, field (with its constant) and method that is
 * public or protected in {@code ours}, by name and descriptor, must be there in {@code theirs}, as visible and as static.
 */
final class ApiDifference {
    private static final int VISIBLE = ClassFile.ACC_PUBLIC | ClassFile.ACC_PROTECTED;

    private final Map<String, ClassModel> ours;
    private final Map<String, ClassModel> theirs;
    private final List<String> missing = new ArrayList<>();

    private ApiDifference(Map<String, ClassModel> ours, Map<String, ClassModel> theirs) {
        this.ours = ours;
        this.theirs = theirs;
    }

    /** One line for each thing that {@code theirs} lacks; none if it has everything. */
    static List<String> missing(Map<String, ClassModel> ours, Map<String, ClassModel> theirs) {
        ApiDifference difference = new ApiDifference(ours, theirs);
        ours.values().stream().filter(difference::isPublic).forEach(difference::compare);
        return difference.missing;
    }

    private boolean isPublic(ClassModel model) {
        // A nested class's own flags are in the list of inner classes.
        return model.findAttribute(Attributes.innerClasses()).stream()
                .flatMap(attribute -> attribute.classes().stream())
                .filter(inner -> inner.innerClass().equals(model.thisClass()))
                .map(inner -> (inner.flagsMask() & VISIBLE) != 0)
                .findFirst().orElse(model.flags().has(AccessFlag.PUBLIC));
    }

    private void compare(ClassModel our) {
        String name = our.thisClass().asInternalName();
        ClassModel their = theirs.get(name);
        if (their == null || !isPublic(their)) {
            missing.add("class " + name);
            return;
        }
        if (our.flags().has(AccessFlag.INTERFACE) != their.flags().has(AccessFlag.INTERFACE)) {
            missing.add("kind (class or interface) of " + name);
        }
        Set<String> supertypes = supertypes(theirs, name);
        for (String supertype : supertypes(ours, name)) {
            // Whose supertypes lie outside of the classes that are compared is an object all the same.
            if (!supertype.equals("java/lang/Object") && !supertypes.contains(supertype)) {
                missing.add("supertype " + supertype + " of " + name);
            }
        }
        for (FieldModel field : our.fields()) {
            if ((field.flags().flagsMask() & VISIBLE) != 0 && !hasField(their, field)) {
                missing.add("field " + name + "." + field.fieldName() + " " + field.fieldType());
            }
        }
        for (MethodModel method : our.methods()) {
            if ((method.flags().flagsMask() & VISIBLE) != 0 && !method.flags().has(AccessFlag.BRIDGE) && !hasMethod(name, method)) {
                missing.add("method " + name + "." + method.methodName() + method.methodType());
            }
        }
    }

    private static Set<String> supertypes(Map<String, ClassModel> classes, String name) {
        Set<String> found = new TreeSet<>();
        ClassModel model = classes.get(name);
        if (model != null) {
            List<String> direct = new ArrayList<>(model.interfaces().stream().map(ClassEntry::asInternalName).toList());
            model.superclass().map(ClassEntry::asInternalName).ifPresent(direct::add);
            for (String supertype : direct) {
                found.add(supertype);
                found.addAll(supertypes(classes, supertype));
            }
        }
        return found;
    }

    private boolean hasField(ClassModel their, FieldModel our) {
        return their.fields().stream().anyMatch(field -> field.fieldName().equals(our.fieldName())
                && field.fieldType().equals(our.fieldType())
                && asOpen(field.flags().flagsMask(), our.flags().flagsMask())
                && sameConstant(field, our));
    }

    /** A constant is copied into the code that uses it: if ours is one, theirs must have the same value. */
    private static boolean sameConstant(FieldModel their, FieldModel our) {
        Optional<Object> ourValue = our.findAttribute(Attributes.constantValue()).map(a -> a.constant().constantValue());
        return ourValue.isEmpty()
                || ourValue.equals(their.findAttribute(Attributes.constantValue()).map(a -> (Object) a.constant().constantValue()));
    }

    /** Methods may be inherited; constructors not. */
    private boolean hasMethod(String className, MethodModel our) {
        ClassModel their = theirs.get(className);
        if (their != null && their.methods().stream().anyMatch(method -> method.methodName().equals(our.methodName())
                && method.methodType().equals(our.methodType())
                && asOpen(method.flags().flagsMask(), our.flags().flagsMask()))) {
            return true;
        }
        if (our.methodName().equalsString("<init>")) {
            return false;
        }
        return their == null ? isObjects(className, our) : supertypes(theirs, className).stream().anyMatch(name -> hasMethod(name, our));
    }

    private static boolean isObjects(String className, MethodModel our) {
        if (!className.startsWith("java/")) {
            return false;
        }
        try {
            return Arrays.stream(Class.forName(className.replace('/', '.')).getMethods())
                    .anyMatch(method -> method.getName().equals(our.methodName().stringValue())
                            && MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                                    .equals(descriptor(our)));
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static MethodType descriptor(MethodModel method) {
        return MethodType.fromMethodDescriptorString(method.methodType().stringValue(), ApiDifference.class.getClassLoader());
    }

    private static boolean asOpen(int theirFlags, int ourFlags) {
        boolean visible = (theirFlags & ClassFile.ACC_PUBLIC) != 0
                || (theirFlags & ClassFile.ACC_PROTECTED) != 0 && (ourFlags & ClassFile.ACC_PROTECTED) != 0;
        return visible && (theirFlags & ClassFile.ACC_STATIC) == (ourFlags & ClassFile.ACC_STATIC);
    }
}
