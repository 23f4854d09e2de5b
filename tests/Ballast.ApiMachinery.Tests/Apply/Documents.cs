using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ballast.ApiMachinery.Tests.Apply;

internal static class Documents
{
    /// <summary>Writes quotes in keys as they are read.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
