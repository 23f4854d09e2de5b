using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Holds a client's document against its kind's schema: types must fit, and fields the kind does not have are dropped, as upstream's decoder does.</summary>
internal static class FieldChecks
{
    /// <param name="document">Fields that its schema does not know are taken out of it.</param>
    /// <param name="kind">What it should be.</param>
    /// <param name="validation">What to say about fields that are dropped or stand twice.</param>
    /// <param name="duplicates">A sentence each.</param>
    /// <param name="warnings">Where the sentences go that do not refuse the request.</param>
    /// <exception cref="StatusException">BadRequest.</exception>
    public static void Apply(
        JsonObject document, BodyKind kind, FieldValidation validation, IEnumerable<string> duplicates, ICollection<string> warnings)
    {
        if (TypeErrors.FindFirst(document, kind.DecodedTypes) is { } wrong)
            throw CannotBeHandled(kind.Kind, wrong);
        var problems = UnknownFields.FindAndPrune(document, kind.Schema).Concat(duplicates);
        if (validation == FieldValidation.Ignore)
            return;
        var all = problems.ToArray();
        if (all.Length > 0 && validation == FieldValidation.Strict)
            throw CannotBeHandled(kind.Kind, "strict decoding error: " + string.Join(", ", all));
        foreach (var problem in all)
            warnings.Add(problem);
    }

    private static StatusException CannotBeHandled(GroupVersionKind kind, string why) =>
        StatusException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {why}");
}
