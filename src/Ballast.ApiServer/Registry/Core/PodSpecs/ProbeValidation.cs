using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Probes and lifecycle hooks: what the kubelet does to a container, and how often.</summary>
internal static class ProbeValidation
{
    private static readonly string[] Handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

    public static void CheckProbe(Field probe, bool onceIsEnough)
    {
        if (!probe.IsPresent)
            return;
        CheckHandler(probe);
        foreach (var field in (ReadOnlySpan<string>)["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
            probe[field].NonNegative();
        if (probe["terminationGracePeriodSeconds"].Number is <= 0)
            probe["terminationGracePeriodSeconds"].Invalid("must be greater than 0");
        if (onceIsEnough && probe["successThreshold"].Number is not (null or 1))
            probe["successThreshold"].Invalid("must be 1");
        if (!onceIsEnough && probe["terminationGracePeriodSeconds"].IsPresent)
            probe["terminationGracePeriodSeconds"].Invalid("must not be set for readinessProbes");
    }

    public static void CheckLifecycle(Field lifecycle, long podGracePeriod)
    {
        foreach (var hook in (ReadOnlySpan<string>)["postStart", "preStop"])
        {
            var handler = lifecycle[hook];
            if (!handler.IsPresent)
                continue;
            CheckHandler(handler);
            if (handler["sleep"]["seconds"].Number is { } seconds && (seconds < 0 || seconds > podGracePeriod))
            {
                handler["sleep"].Add(FieldError.Invalid(handler["sleep"].Path, seconds,
                    $"must be non-negative and less than terminationGracePeriodSeconds ({podGracePeriod})"));
            }
        }
    }

    private static void CheckHandler(Field handler)
    {
        var count = 0;
        foreach (var kind in Handlers.Where(k => handler[k].IsPresent))
        {
            if (++count > 1)
            {
                handler[kind].Forbidden("may not specify more than 1 handler type");
                continue;
            }
            switch (kind)
            {
                case "exec": handler["exec"]["command"].Required(); break;
                case "httpGet": CheckHttp(handler["httpGet"]); break;
                case "tcpSocket": CheckPort(handler["tcpSocket"]["port"]); break;
                case "grpc": CheckPort(handler["grpc"]["port"]); break;
                default: break;
            }
        }
        if (count == 0)
            handler.Missing("must specify a handler type");
    }

    private static void CheckHttp(Field action)
    {
        action["path"].Required();
        CheckPort(action["port"]);
        action["scheme"].OneOf("HTTP", "HTTPS");
        foreach (var header in action["httpHeaders"].Items)
        {
            if (!IsHeaderName(header["name"].Text))
            {
                header["name"].Invalid("a valid HTTP header must consist of alphanumeric characters or '-'"
                    + " (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
            }
        }
    }

    private static void CheckPort(Field port)
    {
        if (port.IsPresent)
            port.PortOrName();
        else
            port.Add(FieldError.Invalid(port.Path, 0, "must be between 1 and 65535, inclusive"));
    }

    private static bool IsHeaderName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
