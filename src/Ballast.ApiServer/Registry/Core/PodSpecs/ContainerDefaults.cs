using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.Core;

internal static class ContainerDefaults
{
    public static void Apply(JsonObject container)
    {
        if (container.Text("image") is { Length: > 0 } image)
            container.SetDefault("imagePullPolicy", IsLatest(image) ? "Always" : "IfNotPresent");
        else
            container.SetDefault("imagePullPolicy", "IfNotPresent");
        container.SetDefault("resources", new JsonObject());
        container.SetDefault("terminationMessagePath", "/dev/termination-log");
        container.SetDefault("terminationMessagePolicy", "File");
        foreach (var port in container.Objects("ports"))
            port.SetDefault("protocol", "TCP");
        foreach (var variable in container.Objects("env"))
        {
            if (variable.Object("valueFrom", "fieldRef") is { } reference)
                reference.SetDefault("apiVersion", "v1");
        }
        foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
            ApplyToProbe(container.Object(probe));
        ApplyToHttp(container.Object("lifecycle", "postStart", "httpGet"));
        ApplyToHttp(container.Object("lifecycle", "preStop", "httpGet"));
    }

    /// <summary>No tag, no digest, or the tag <c>latest</c>: pulled each time.</summary>
    private static bool IsLatest(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
            return false;
        var tag = image.LastIndexOf(':');
        return tag <= image.LastIndexOf('/') || image.AsSpan(tag + 1) is "latest";
    }

    private static void ApplyToProbe(JsonObject? probe)
    {
        if (probe is null)
            return;
        SetWhereZero(probe, "timeoutSeconds", 1);
        SetWhereZero(probe, "periodSeconds", 10);
        SetWhereZero(probe, "successThreshold", 1);
        SetWhereZero(probe, "failureThreshold", 3);
        ApplyToHttp(probe.Object("httpGet"));
        probe.Object("grpc")?.SetDefault("service", "");
    }

    private static void ApplyToHttp(JsonObject? action)
    {
        if (action is null)
            return;
        if (action.Text("path").Length == 0)
            action["path"] = "/";
        if (action.Text("scheme").Length == 0)
            action["scheme"] = "HTTP";
    }

    private static void SetWhereZero(JsonObject probe, string field, int value)
    {
        if (probe.Long(field) is null or 0)
            probe[field] = value;
    }
}
