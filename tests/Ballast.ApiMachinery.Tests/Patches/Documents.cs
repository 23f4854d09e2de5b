using CsCheck;

namespace Ballast.ApiMachinery.Tests.Patches;

/// <summary>Small JSON objects without nulls, as text.</summary>
internal static class Documents
{
    private static readonly Gen<string> Scalar = Gen.OneOf("1", "2", "\"x\"", "true", "[1,2]", "[{\"a\":1}]");

    public static Gen<string> Any { get; } = Level(Level(Scalar));

    private static Gen<string> Level(Gen<string> inner) =>
        Gen.Dictionary(Gen.OneOf("a", "b", "c"), Gen.OneOf(Scalar, inner))[0, 3]
            .Select(fields => "{" + string.Join(",", fields.Select(f => $"\"{f.Key}\":{f.Value}")) + "}");
}
