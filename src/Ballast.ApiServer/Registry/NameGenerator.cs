namespace Ballast.ApiServer.Registry;

/// <summary>Names from a <c>generateName</c>: five letters that spell no words.</summary>
internal static class NameGenerator
{
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";
    private const int Suffix = 5;
    private const int MaxBase = 63 - Suffix;

    /// <summary>Tries before a name that is taken is the client's problem.</summary>
    public const int MaxTries = 8;

    public static string Generate(string prefix) =>
        (prefix.Length > MaxBase ? prefix[..MaxBase] : prefix) + Random.Shared.GetString(Letters, Suffix);
}
