using System.Text.RegularExpressions;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>The keys of ConfigMaps and Secrets: they become file names.</summary>
internal static partial class ConfigKeys
{
    public static void Check(Field key) => key.Invalid(Problems(key.Text));

    public static IEnumerable<string> Problems(string key)
    {
        if (key.Length > 253)
            yield return "must be no more than 253 bytes";
        if (!Pattern().IsMatch(key))
        {
            yield return "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
                + " (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        }
        if (key == ".")
            yield return "must not be '.'";
        if (key == "..")
            yield return "must not be '..'";
        else if (key.StartsWith("..", StringComparison.Ordinal))
            yield return "must not start with '..'";
    }

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]+\z")]
    private static partial Regex Pattern();
}
