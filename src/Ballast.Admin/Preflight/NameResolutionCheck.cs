using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>The host's name can be a node's, and the endpoint's name leads somewhere.</summary>
internal sealed partial class NameResolutionCheck : IPreflightCheck
{
    public async Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        var findings = new List<PreflightFinding>();
        if (!NodeName().IsMatch(context.Host.Name))
            findings.Add(new("Hostname", true, $"\"{context.Host.Name}\" cannot be a node's name: use lower-case letters, digits, dashes and dots, or choose another with --node-name"));
        try
        {
            if ((await Dns.GetHostAddressesAsync(context.Cluster.EndpointHost, cancel)).Length == 0)
                findings.Add(Unresolved("it has no address"));
        }
        catch (SocketException unknown)
        {
            findings.Add(Unresolved(unknown.Message));
        }
        return findings;

        PreflightFinding Unresolved(string why) => new("Endpoint", true,
            $"the endpoint's name {context.Cluster.EndpointHost} cannot be resolved ({why}): add it to DNS, or to /etc/hosts of every host");
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex NodeName();
}
