using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

/// <summary>Mutating and validating webhook configurations.</summary>
/// <param name="mutating">Mutating webhooks may be called again.</param>
internal sealed class WebhookConfigurationStrategy(bool mutating) : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        foreach (var webhook in document.Objects("webhooks"))
        {
            webhook.SetDefault("failurePolicy", "Fail");
            webhook.SetDefault("matchPolicy", "Equivalent");
            webhook.SetDefault("namespaceSelector", new JsonObject());
            webhook.SetDefault("objectSelector", new JsonObject());
            webhook.SetDefault("timeoutSeconds", 10);
            if (mutating)
                webhook.SetDefault("reinvocationPolicy", "Never");
            foreach (var rule in webhook.Objects("rules"))
                rule.SetDefault("scope", "*");
            if (webhook.Object("clientConfig", "service") is { } service)
                service.SetDefault("port", 443);
        }
    }

    protected override void Check(Field document)
    {
        document["webhooks"].UniqueItems("name");
        foreach (var webhook in document["webhooks"].Items)
            CheckWebhook(webhook);
    }

    private void CheckWebhook(Field webhook)
    {
        webhook["name"].FullyQualifiedName();
        foreach (var rule in webhook["rules"].Items)
            MatchRules.CheckRule(rule);
        webhook["failurePolicy"].OneOf("Fail", "Ignore");
        webhook["matchPolicy"].OneOf("Equivalent", "Exact");
        if (!webhook["sideEffects"].IsPresent)
            webhook["sideEffects"].Missing("must specify one of None, NoneOnDryRun");
        webhook["sideEffects"].OneOf("None", "NoneOnDryRun");
        if (webhook["timeoutSeconds"].Number is < 1 or > 30)
            webhook["timeoutSeconds"].Invalid("the timeout value must be between 1 and 30 seconds");
        if (mutating)
            webhook["reinvocationPolicy"].OneOf("IfNeeded", "Never");
        webhook["namespaceSelector"].LabelSelector();
        webhook["objectSelector"].LabelSelector();
        CheckClientConfig(webhook["clientConfig"]);
        MatchRules.CheckConditions(webhook["matchConditions"]);
        CheckVersions(webhook["admissionReviewVersions"]);
    }

    private static void CheckVersions(Field versions)
    {
        if (!versions.Required("must specify one of v1, v1beta1"))
            return;
        var seen = new HashSet<string>();
        foreach (var version in versions.Items)
        {
            if (seen.Add(version.Text))
                version.Invalid(ApiMachinery.Validation.NameRules.Dns1035Label(version.Text));
            else
                version.Invalid("duplicate version");
        }
        if (!seen.Contains("v1") && !seen.Contains("v1beta1"))
            versions.Invalid("must include at least one of v1, v1beta1");
    }

    private static void CheckClientConfig(Field config)
    {
        if (config["url"].IsPresent == config["service"].IsPresent)
        {
            config.Add(FieldError.Required(config.Path, "exactly one of url or service is required"));
            return;
        }
        if (config["url"].IsPresent)
            CheckUrl(config["url"]);
        else
            CheckService(config["service"]);
    }

    private static void CheckUrl(Field url)
    {
        if (!Uri.TryCreate(url.Text, UriKind.Absolute, out var parsed))
        {
            url.Invalid("url must be a valid URL: invalid URI for request; desired format: https://host[/path]");
            return;
        }
        if (parsed.Scheme != Uri.UriSchemeHttps)
            url.Invalid("'https' is the only allowed URL scheme; desired format: https://host[/path]");
        if (parsed.Host.Length == 0)
            url.Invalid("host must be specified; desired format: https://host[/path]");
        if (parsed.UserInfo.Length > 0)
            url.Invalid("user information is not permitted in the URL");
        if (parsed.Fragment.Length > 0)
            url.Invalid("fragments are not permitted in the URL");
        if (parsed.Query.Length > 0)
            url.Invalid("query parameters are not permitted in the URL");
    }

    private static void CheckService(Field service)
    {
        service["name"].Required("service name is required");
        service["namespace"].Required("service namespace is required");
        if (service["port"].Number is < 1 or > 65535)
            service["port"].Invalid("port is not valid: must be between 1 and 65535, inclusive");
        if (service["path"].Text is { Length: > 0 } path && path[0] != '/')
            service["path"].Invalid("must start with a '/'");
    }
}
