using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Selectors;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints;

/// <summary>A request's label and field selectors, as one test on stored objects. Only fields other than name and namespace need the object's tree.</summary>
internal static class ObjectSelection
{
    /// <summary>Null where every object matches.</summary>
    /// <exception cref="StatusException">BadRequest: a field this resource cannot be selected by.</exception>
    public static Func<StoredObject, bool>? Compile(ResourceDefinition definition, ListOptions options)
    {
        var labels = options.Labels;
        var onAttributes = new List<FieldRequirement>();
        var onDocument = new List<FieldRequirement>();
        foreach (var requirement in options.Fields.Requirements)
        {
            if (requirement.Field is "metadata.name" or "metadata.namespace")
                onAttributes.Add(requirement);
            else if (definition.SelectableFields.ContainsKey(requirement.Field))
                onDocument.Add(requirement);
            else
                throw StatusException.BadRequest(definition.SelectableFields.Count == 0
                    ? $"\"{requirement.Field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    : $"field label not supported: {requirement.Field}");
        }
        if (labels.IsEverything && onAttributes.Count == 0 && onDocument.Count == 0)
            return null;

        return stored =>
        {
            var attributes = stored.Attributes;
            foreach (var requirement in onAttributes)
                if (!requirement.Matches(requirement.Field == "metadata.name" ? attributes.Name : attributes.Namespace))
                    return false;
            if (!labels.IsEverything && !labels.Matches(attributes.Labels))
                return false;
            if (onDocument.Count == 0)
                return true;
            var fields = stored.FieldsFor(definition, d => ReadFields(definition, d));
            foreach (var requirement in onDocument)
                if (!requirement.Matches(fields[requirement.Field]))
                    return false;
            return true;
        };
    }

    private static Dictionary<string, string> ReadFields(ResourceDefinition definition, JsonObject document) =>
        definition.SelectableFields.ToDictionary(f => f.Key, f => f.Value(document));
}
