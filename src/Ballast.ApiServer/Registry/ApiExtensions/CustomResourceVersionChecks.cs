using Ballast.ApiMachinery.JsonPaths;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.ApiExtensions;

/// <summary>Validates <c>spec.versions</c> of a CRD.</summary>
internal static class CustomResourceVersionChecks
{
    private const int MaxSelectableFields = 8;

    public static void Check(Field versions)
    {
        var (seen, storage) = (new HashSet<string>(), 0);
        var unique = true;
        foreach (var version in versions.Items)
        {
            version["name"].Invalid(NameRules.Dns1035Label(version["name"].Text));
            unique &= seen.Add(version["name"].Text);
            storage += version["storage"].IsTrue ? 1 : 0;
            CheckSchema(version);
            CheckSubresources(version["subresources"]);
            foreach (var column in version["additionalPrinterColumns"].Items)
                CheckColumn(column);
            CheckSelectableFields(version);
            if (version["deprecationWarning"].IsPresent && !version["deprecated"].IsTrue)
                version["deprecationWarning"].Invalid("can only be set for deprecated versions");
        }
        if (!unique)
            versions.Invalid("must contain unique version names");
        if (storage != 1)
            versions.Invalid("must have exactly one version marked as storage version");
    }

    private static void CheckSchema(Field version)
    {
        var schema = version["schema"]["openAPIV3Schema"];
        if (schema.Object is null)
            schema.Missing("schemas are required");
        else
            StructuralSchema.Check(schema);
    }

    private static void CheckSubresources(Field subresources)
    {
        var scale = subresources["scale"];
        if (!scale.IsPresent)
            return;
        CheckScalePath(scale["specReplicasPath"], true, "should be a json path under .spec", ".spec.");
        CheckScalePath(scale["statusReplicasPath"], true, "should be a json path under .status", ".status.");
        CheckScalePath(scale["labelSelectorPath"], false, "should be a json path under either .status or .spec", ".spec.", ".status.");
    }

    private static void CheckScalePath(Field path, bool required, string under, params string[] roots)
    {
        if (path.IsEmpty)
        {
            if (required)
                path.Missing();
        }
        else if (!JsonPath.TryParse(path.Text, out var parsed, out var error))
        {
            path.Invalid(error);
        }
        else if (parsed.Fields is null || !roots.Any(r => path.Text.StartsWith(r, StringComparison.Ordinal)))
        {
            path.Invalid(under);
        }
    }

    private static void CheckColumn(Field column)
    {
        _ = column["name"].Required();
        if (column["type"].Required() && column["type"].Text is not ("boolean" or "date" or "integer" or "number" or "string"))
            column["type"].Invalid("must be one of boolean,date,integer,number,string");
        if (column["jsonPath"].Required())
            CheckPath(column["jsonPath"]);
    }

    private static void CheckSelectableFields(Field version)
    {
        var fields = version["selectableFields"];
        fields.MaxItems(MaxSelectableFields);
        var seen = new HashSet<string>();
        foreach (var field in fields.Items)
        {
            var path = field["jsonPath"];
            if (!path.Required() || !CheckPath(path))
                continue;
            if (!seen.Add(path.Text))
                path.Duplicate();
            if (JsonPath.Parse(path.Text).Fields is not { Count: > 0 } names || names[0] == "metadata")
                path.Invalid("is an invalid path: must be a simple path to a field that is not in metadata");
            else if (SchemaAt(version["schema"]["openAPIV3Schema"], names)["type"].Text is not ("string" or "boolean" or "integer"))
                path.Invalid("is an invalid path: must point to a field of type string, boolean or integer");
        }
    }

    private static Field SchemaAt(Field schema, IReadOnlyList<string> names)
    {
        foreach (var name in names)
            schema = schema["properties"][name];
        return schema;
    }

    private static bool CheckPath(Field path)
    {
        if (JsonPath.TryParse(path.Text, out _, out var error))
            return true;
        path.Invalid(error);
        return false;
    }
}
