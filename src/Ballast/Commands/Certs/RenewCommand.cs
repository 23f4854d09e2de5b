using System.CommandLine;
using Ballast.Admin.Certificates;
using Ballast.Admin.Clusters;

namespace Ballast.Commands.Certs;

/// <summary><c>ballast certs renew</c>.</summary>
internal static class RenewCommand
{
    private const string AllNames = "all";

    public static Command Create()
    {
        var command = new Command("renew", "Renew certificates with the cluster's CAs. Whoever uses them takes them up by itself; nothing is restarted.")
            .WithExamples("ballast certs renew all", "ballast certs renew apiserver --host control-plane-1", "ballast certs renew all --due --root-dir /");
        var which = new Argument<string>("NAME") { Description = "The certificate, as 'ballast certs check-expiration' names it; 'all' for every one." };
        var due = new Option<bool>("--due") { Description = "Only those that have lived two thirds of their lifetime." };
        command.Arguments.Add(which);
        var hosts = new CertificateHosts(command);
        command.Options.Add(due);
        command.OnRun((result, cancel) =>
        {
            var wanted = Named(result.GetValue(which)!);
            var renewed = 0;
            foreach (var host in hosts.Of(result))
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var name in new CertificateRenewal(host.Paths, host.Authorities, TimeProvider.System).Renew(wanted, result.GetValue(due)))
                {
                    Console.WriteLine($"{host.Name}: {name} renewed");
                    renewed++;
                }
            }
            if (renewed == 0 && !result.GetValue(due))
                throw new ClusterException($"no host has {(wanted.Count == 1 ? wanted[0].Name : "any certificate")} with the key of its CA at hand") { Hint = "ballast certs check-expiration" };
            return Task.FromResult(0);
        });
        return command;
    }

    private static IReadOnlyList<HostCertificate> Named(string name) =>
        name == AllNames ? HostCertificate.All
        : HostCertificate.All.FirstOrDefault(c => c.Name == name) is { } one ? [one]
        : throw new ClusterException($"there is no certificate \"{name}\": choose one of {string.Join(", ", HostCertificate.All.Select(c => c.Name))}, or {AllNames}", 2);
}
