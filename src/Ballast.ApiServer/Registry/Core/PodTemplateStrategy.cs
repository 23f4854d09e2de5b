using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class PodTemplateStrategy : ResourceStrategy
{
    public PodTemplateStrategy() => ReturnsDeletedObject = true;

    public override void Default(JsonObject document) => PodSpecDefaults.ApplyToTemplate(document.Object("template"));

    protected override void Check(Field document) => PodSpecValidation.CheckTemplate(document["template"]);
}
