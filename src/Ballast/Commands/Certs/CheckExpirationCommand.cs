using System.CommandLine;
using System.Globalization;
using Ballast.Admin.Certificates;

namespace Ballast.Commands.Certs;

/// <summary><c>ballast certs check-expiration</c>.</summary>
internal static class CheckExpirationCommand
{
    public static Command Create()
    {
        var command = new Command("check-expiration", "Show when each certificate and CA ends.")
            .WithExamples("ballast certs check-expiration", "ballast certs check-expiration --host control-plane-1 -o json", "ballast certs check-expiration --root-dir /");
        var hosts = new CertificateHosts(command);
        var output = new Output(command);
        command.OnRun((result, _) =>
        {
            var found = hosts.Of(result).SelectMany(h => CertificateExpiration.Of(h.Name, h.Paths, h.Authorities, TimeProvider.System)).ToList();
            output.Write(result, found,
                ("HOST", c => c.Host),
                ("CERTIFICATE", c => c.Name),
                ("EXPIRES", c => c.ExpirationDate.ToString("MMM dd, yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture)),
                ("RESIDUAL TIME", c => Residual(c.ResidualTime)),
                ("CERTIFICATE AUTHORITY", c => c.CaName),
                ("EXTERNALLY MANAGED", c => c.ExternallyManaged ? "yes" : "no"));
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>As kubectl tells ages: <c>364d</c>, <c>9y</c>.</summary>
    private static string Residual(TimeSpan left) => left switch
    {
        { Ticks: < 0 } => "<invalid>",
        { TotalDays: >= 730 } => $"{(int)(left.TotalDays / 365)}y",
        { TotalDays: >= 2 } => $"{(int)left.TotalDays}d",
        { TotalHours: >= 1 } => $"{(int)left.TotalHours}h",
        _ => $"{(int)left.TotalMinutes}m",
    };
}
