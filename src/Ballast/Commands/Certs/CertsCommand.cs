using System.CommandLine;

namespace Ballast.Commands.Certs;

/// <summary><c>ballast certs …</c>.</summary>
internal static class CertsCommand
{
    public static Command Create() => new("certs", "Look after certificates: when they end, renewing them, replacing the CAs.")
    {
        CheckExpirationCommand.Create(),
        RenewCommand.Create(),
        RotateCaCommand.Create(),
    };
}
