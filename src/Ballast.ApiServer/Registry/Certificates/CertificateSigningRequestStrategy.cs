using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Certificates;

internal sealed class CertificateSigningRequestStrategy : ResourceStrategy
{
    private static readonly string[] Usages =
    [
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature",
        "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc",
        "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
    ];

    /// <summary>What a request is called does not matter.</summary>
    public override IEnumerable<string> ValidateName(string name, bool isPrefix) => NameRules.PathSegment(name, isPrefix);

    /// <summary>Approval rests on who asked: the client does not get to say.</summary>
    public override void StampRequester(JsonObject document, ResourceRequest request)
    {
        var spec = document.ObjectAt("spec");
        foreach (var field in (string[])["username", "uid", "groups", "extra"])
            spec.Remove(field);
        var user = request.User;
        spec["username"] = user.Name;
        if (user.Uid.Length > 0)
            spec["uid"] = user.Uid;
        spec["groups"] = List(user.Groups);
        if (user.Extra.Count > 0)
            spec["extra"] = new JsonObject(user.Extra.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)List(e.Value))));

        static JsonArray List(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];
    }

    /// <summary>Of the spec nothing ever changes; approval and certificate come through subresources.</summary>
    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        base.PrepareForUpdate(document, old);
        document.CarryOver("spec", old);
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        CheckRequest(spec["request"]);
        spec["usages"].Required();
        foreach (var usage in spec["usages"].Items)
        {
            if (!Usages.Contains(usage.Text))
                usage.Add(FieldError.NotSupported(usage.Path, usage.Text, Usages));
        }
        spec["usages"].UniqueTexts();
        if (spec["signerName"].Text == "kubernetes.io/legacy-unknown")
            spec["signerName"].Invalid("the legacy signerName is not allowed via this API version");
        else
            SignerNames.Check(spec["signerName"]);
        if (spec["expirationSeconds"].Number < 600)
            spec["expirationSeconds"].Invalid("may not specify a duration less than 600 seconds (10 minutes)");
    }

    private static void CheckRequest(Field request)
    {
        try
        {
            _ = CertificateRequest.LoadSigningRequestPem(
                Encoding.ASCII.GetString(Convert.FromBase64String(request.Text)), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        }
        catch (Exception problem) when (problem is FormatException or ArgumentException or CryptographicException)
        {
            request.Add(FieldError.Invalid(request.Path, request.Text, "PEM block type must be CERTIFICATE REQUEST"));
        }
    }
}

/// <summary>What only one of the two subresources of a request writes.</summary>
internal static class CertificateConditions
{
    public static bool IsDecision(JsonObject condition) => condition.Text("type") is "Approved" or "Denied";

    public static JsonArray? Of(JsonObject document, Func<JsonObject, bool> which) =>
        document.Objects("status", "conditions").Where(which).ToList() is { Count: > 0 } found ? [.. found.Select(c => c.DeepClone())] : null;

    public static void Check(Field document, JsonObject old)
    {
        var conditions = document["status"]["conditions"];
        var types = new HashSet<string>();
        foreach (var condition in conditions.Items)
        {
            var (type, status) = (condition["type"], condition["status"]);
            type.Required();
            if (status.Required() && type.Text is "Approved" or "Denied" or "Failed")
                status.OneOf("True");
            else
                status.OneOf("False", "True", "Unknown");
            if ((type.Text == "Approved" && types.Contains("Denied")) || (type.Text == "Denied" && types.Contains("Approved")))
                type.Invalid("Approved and Denied conditions are mutually exclusive");
            if (!types.Add(type.Text))
                type.Duplicate();
        }
        foreach (var before in old.Objects("status", "conditions").Where(c => c.Text("type") is "Approved" or "Denied" or "Failed"))
        {
            if (!types.Contains(before.Text("type")))
                conditions.Forbidden($"updates may not remove a condition of type \"{before.Text("type")}\"");
        }
    }

    /// <summary>Certificates in PEM, and nothing beside them.</summary>
    public static string? CertificateProblem(byte[] pem)
    {
        var text = Encoding.ASCII.GetString(pem).AsSpan();
        var found = 0;
        while (PemEncoding.TryFind(text, out var block))
        {
            var label = text[block.Label].ToString();
            if (label != "CERTIFICATE")
                return $"only CERTIFICATE PEM blocks are allowed, found \"{label}\"";
            try
            {
                using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text[block.Base64Data].ToString()));
            }
            catch (CryptographicException problem)
            {
                return problem.Message;
            }
            text = text[block.Location.End..];
            found++;
        }
        return found == 0 ? "must contain at least one CERTIFICATE PEM block" : null;
    }
}

/// <summary>Approves or denies: adds those conditions, and touches nothing else.</summary>
internal sealed class CertificateApprovalStrategy(CertificateSigningRequestStrategy main) : StatusStrategy(main)
{
    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        base.PrepareForUpdate(document, old);
        var conditions = document.Node("status", "conditions")?.DeepClone();
        document.CarryOver("status", old);
        if (conditions is not null)
            document.ObjectAt("status")["conditions"] = conditions;
    }

    protected override void CheckUpdate(Field document, JsonObject old) => CertificateConditions.Check(document, old);
}

/// <summary>Brings the certificate, or the failure; the decision stays as it was.</summary>
internal sealed class CertificateStatusStrategy(CertificateSigningRequestStrategy main) : StatusStrategy(main)
{
    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        base.PrepareForUpdate(document, old);
        var decided = CertificateConditions.Of(old, CertificateConditions.IsDecision) ?? [];
        foreach (var other in CertificateConditions.Of(document, c => !CertificateConditions.IsDecision(c)) ?? [])
            decided.Add(other?.DeepClone());
        if (decided.Count > 0)
            document.ObjectAt("status")["conditions"] = decided;
        else
            document.Object("status")?.Remove("conditions");
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        CertificateConditions.Check(document, old);
        var certificate = document["status"]["certificate"];
        var issued = old.Text("status", "certificate");
        if (certificate.Text == issued)
            return;
        if (issued.Length > 0)
            certificate.Forbidden("updates may not modify existing certificate content");
        if (CertificateConditions.CertificateProblem(Convert.FromBase64String(certificate.Text)) is { } problem)
            certificate.Add(FieldError.Invalid(certificate.Path, "<certificate data>", problem));
    }
}
