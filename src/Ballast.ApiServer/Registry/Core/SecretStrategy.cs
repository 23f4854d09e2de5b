using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class SecretStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        if (document.Text("type").Length == 0)
            document["type"] = "Opaque";
        EncodeStringData(document);
    }

    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        if (document.Text("type").Length == 0)
            document.CarryOver("type", old);
    }

    protected override void Check(Field document)
    {
        var data = document["data"];
        long size = 0;
        foreach (var (key, value) in data.Entries)
        {
            foreach (var problem in ConfigKeys.Problems(key))
                value.Add(FieldError.Invalid(value.Path, key, problem));
            size += value.Text.Length / 4 * 3;
        }
        if (size > ConfigMapStrategy.MaxBytes)
            data.Add(FieldError.TooLong(data.Path, ConfigMapStrategy.MaxBytes));
        CheckType(document);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        document["type"].Immutable(old["type"]);
        ConfigMapStrategy.CheckImmutable(document, old, "data");
        Check(document);
    }

    private static void CheckType(Field document)
    {
        var data = document["data"];
        Field Entry(string key) => data[key].At(data.Path.Key(key));
        switch (document["type"].Text)
        {
            case "kubernetes.io/service-account-token":
                const string Annotation = "kubernetes.io/service-account.name";
                var annotations = document["metadata"]["annotations"];
                annotations[Annotation].At(annotations.Path.Key(Annotation)).Required();
                break;
            case "kubernetes.io/dockercfg":
                CheckJson(Entry(".dockercfg"));
                break;
            case "kubernetes.io/dockerconfigjson":
                CheckJson(Entry(".dockerconfigjson"));
                break;
            case "kubernetes.io/basic-auth":
                if (!data["username"].IsPresent && !data["password"].IsPresent)
                {
                    Entry("username").Missing();
                    Entry("password").Missing();
                }
                break;
            case "kubernetes.io/ssh-auth":
                Entry("ssh-privatekey").Required();
                break;
            case "kubernetes.io/tls":
                if (!data["tls.crt"].IsPresent)
                    Entry("tls.crt").Missing();
                if (!data["tls.key"].IsPresent)
                    Entry("tls.key").Missing();
                break;
            default: // Opaque and the users' own types hold what they like
                break;
        }
    }

    private static void CheckJson(Field entry)
    {
        if (!entry.IsPresent)
        {
            entry.Missing();
            return;
        }
        try
        {
            JsonDocument.Parse(Convert.FromBase64String(entry.Text)).Dispose();
        }
        catch (Exception problem) when (problem is JsonException or FormatException)
        {
            entry.Add(FieldError.Invalid(entry.Path, "<secret contents redacted>", problem.Message));
        }
    }

    /// <summary><c>stringData</c> is for writing only: it becomes <c>data</c>.</summary>
    private static void EncodeStringData(JsonObject document)
    {
        if (document["stringData"] is JsonObject plain)
        {
            var data = document.ObjectAt("data");
            foreach (var (key, value) in plain)
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : ""));
        }
        document.Remove("stringData");
    }
}
