using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class ConfigMapStrategy : ResourceStrategy
{
    public const int MaxBytes = 1024 * 1024;

    protected override void Check(Field document)
    {
        var size = 0;
        var (data, binary) = (document["data"], document["binaryData"]);
        foreach (var (key, value) in data.Entries)
        {
            CheckKey(key, value);
            if (binary[key].IsPresent)
                value.Add(FieldError.Invalid(value.Path, key, "duplicate of key present in binaryData"));
            size += System.Text.Encoding.UTF8.GetByteCount(value.Text);
        }
        foreach (var (key, value) in binary.Entries)
        {
            CheckKey(key, value);
            size += value.Text.Length / 4 * 3;
        }
        if (size > MaxBytes)
            document.Add(FieldError.TooLong(FieldPath.Root, MaxBytes));
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        CheckImmutable(document, old, "data", "binaryData");
        Check(document);
    }

    /// <summary>Once <c>immutable</c>, always, and the content with it.</summary>
    public static void CheckImmutable(Field document, JsonObject old, params ReadOnlySpan<string> contents)
    {
        if (old.BoolAt("immutable") != true)
            return;
        const string Detail = "field is immutable when `immutable` is set";
        if (!document["immutable"].IsTrue)
            document["immutable"].Forbidden(Detail);
        foreach (var content in contents)
        {
            if (!JsonNode.DeepEquals(document[content].Value, old[content]))
                document[content].Forbidden(Detail);
        }
    }

    private static void CheckKey(string key, Field value)
    {
        foreach (var problem in ConfigKeys.Problems(key))
            value.Add(FieldError.Invalid(value.Path, key, problem));
    }
}
